import type { TensorBackend } from '@excb/tensor';
import type { Assigner, AssignerContext, AssignerOptions, Assignment } from './assigner.ts';
import { createFrame } from './assigner-frame.ts';
import { checkAssignments } from './check-similarities.ts';
import { expectOwnState, restoredWindow, savedWindow } from './saved-state.ts';

/** An assigner that learns nothing from step to step: only the window of `health` is carried on. */
export function createStateless<T>(
  name: string,
  options: Required<AssignerOptions<T>>,
  solve: (backend: TensorBackend<T>, similarities: T, context: AssignerContext) => Assignment<T>,
): Assigner<T> {
  const { clusters } = options;
  const frame = createFrame(name, options);
  const { backend, window } = frame;

  const assigner: Assigner<T> = {
    name,
    clusters,
    assign: (similarities, context = {}) =>
      frame.assign(similarities, () => solve(backend, similarities, context)),
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
      return { assigner: name, clusters, ...savedWindow(await window.read(false)) };
    },
    async restore(state) {
      frame.expectAlive();
      expectOwnState(state, name, clusters);
      window.write(restoredWindow(state, clusters));
    },
    dispose: () => frame.dispose(),
  };
  return assigner;
}
