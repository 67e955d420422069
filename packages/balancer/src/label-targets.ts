import { isHostBackend, NonFiniteError, type TensorBackend } from '@excb/tensor';
import type { Assignment } from './assigner.ts';

/**
 * The assignment that goes with the targets `[n, K]` of the first n rows of `similarities` `[rows, K]`.
 *
 * @throws NonFiniteError on the host backend, where `similarities` holds a NaN or an infinity
 */
export function labelTargets<T>(
  backend: TensorBackend<T>,
  similarities: T,
  makeTargets: () => T,
): Assignment<T> {
  // As the fused pass does; without one, the window of `health` takes note.
  if (isHostBackend(backend) && backend.fused?.assign) expectFinite(backend, similarities);
  const targets = backend.scope(makeTargets);
  const [rows] = backend.shape(targets);
  const [all] = backend.shape(similarities);
  return {
    targets,
    assignments: backend.argMax(targets),
    rawAssignments: backend.argMax(rows === all ? similarities : backend.sliceRows(similarities, 0, rows)),
  };
}

function expectFinite<T>(backend: TensorBackend<T>, similarities: T): void {
  const [, clusters] = backend.shape(similarities);
  const { data } = similarities as { data: Float32Array };
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i])) continue;
    throw new NonFiniteError(
      `similarities[${Math.floor(i / clusters)}, ${i % clusters}] is ${data[i]}, but every entry must be finite: look for the step of the network that made it`,
    );
  }
}
