import { packageBuild } from '../../tsup.shared.ts';

export default packageBuild([
  'src/index.ts',
  'src/tfjs.ts',
  'src/jax.ts',
  'src/arrays.ts',
  'src/threads.ts',
  'src/conformance.ts',
]);
