import { packageBuild } from '../../tsup.shared.ts';

// The threads of the loader run their own file, beside the entry point.
export default packageBuild(['src/index.ts', 'src/worker.ts'], { dts: { entry: 'src/index.ts' } });
