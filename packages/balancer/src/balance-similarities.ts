import { isHostBackend, type TensorBackend } from '@excb/tensor';
import type { Assignment } from './assigner.ts';
import type { ClusterWeights } from './cluster-weights.ts';
import { oneMinus } from './one-minus.ts';
import { OptionError } from './option-error.ts';

/** The largest balanced similarity of every row is multiplied by this. */
const BOOST = 1.01;

/** Similarities after balancing. */
export interface BalancedSimilarities<T> {
  /** `[rows, K]`, within −1 … 1. */
  balanced: T;
  /** `[rows]`, int32: the entry of each row that was multiplied by 1.01. Where it is negative, it moved down. */
  boostedLabels: T;
}

/**
 * Moves undersized clusters closer, z ← 1 − (1 − z)·lower, and oversized ones away, z ← (1 + z)·higher − 1; then
 * multiplies each row's largest entry by 1.01 and clamps all to −1 … 1.
 */
export function balanceSimilarities<T>(
  backend: TensorBackend<T>,
  similarities: T,
  { lower, higher }: ClusterWeights<T>,
): BalancedSimilarities<T> {
  return backend.scope(() => {
    const pulled = backend.scope(() =>
      oneMinus(backend, backend.multiply(oneMinus(backend, similarities), lower)),
    );
    const pushed = backend.scope(() => backend.subtract(backend.multiply(backend.add(pulled, 1), higher), 1));
    backend.dispose(pulled);
    const boostedLabels = backend.argMax(pushed);
    const boosted = backend.multiply(backend.max(pushed, -1), BOOST);
    const balanced = backend.clamp(backend.scatterEntry(pushed, boostedLabels, boosted), -1, 1);
    return { balanced, boostedLabels };
  });
}

/** Targets and labels of `similarities`; balanced where there are `weights`. */
export function assignRows<T>(
  backend: TensorBackend<T>,
  similarities: T,
  weights: ClusterWeights<T> | undefined,
  temperature: number,
  into?: Float32Array,
): Assignment<T> {
  if (into && !(isHostBackend(backend) && backend.fused?.assign)) {
    throw new OptionError(`into is for typed arrays, but the backend is '${backend.name}': leave it out`);
  }
  if (backend.fused?.assign) return backend.fused.assign(similarities, { weights, temperature, into });
  return backend.scope(() => {
    const logits = backend.scope(() => {
      const moved = weights ? balanceSimilarities(backend, similarities, weights).balanced : similarities;
      return backend.divide(moved, temperature);
    });
    const targets = backend.softmax(logits);
    return {
      targets,
      assignments: backend.argMax(targets),
      rawAssignments: backend.argMax(similarities),
    };
  });
}
