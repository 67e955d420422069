import type { HostTensor } from '@excb/tensor';
import type { Assigner, AssignerOptions } from './assigner.ts';
import { createFrame } from './assigner-frame.ts';
import { checkAssignments } from './check-similarities.ts';
import { expectOwnState, restoredWindow, savedWindow } from './saved-state.ts';

const NAME = 'none';

/**
 * No balancing: targets = softmax(similarities / temperature). It collapses, which shows what balancing is for.
 * Takes the options of `createBalancer` and has no use for `momentum`, `allReduce` and `random`.
 *
 * @throws OptionError where a value of `options` makes no sense
 */
export function createUnbalanced<T = HostTensor>(options: AssignerOptions<T>): Assigner<T> {
  const { clusters } = options;
  const frame = createFrame(NAME, options);
  const { backend, window } = frame;

  const assigner: Assigner<T> = {
    name: NAME,
    clusters,
    assign: (similarities) => frame.assign(similarities),
    async update(assignments) {
      frame.expectAlive();
      checkAssignments(backend, assignments);
    },
    async step(similarities, context) {
      return frame.stepOf(assigner, similarities, context);
    },
    health: frame.health,
    async state() {
      frame.expectAlive();
      return { assigner: NAME, clusters, ...savedWindow(await window.read(false)) };
    },
    async restore(state) {
      frame.expectAlive();
      expectOwnState(state, NAME, clusters);
      window.write(restoredWindow(state, clusters));
    },
    dispose: () => frame.dispose(),
  };
  return assigner;
}
