import { sumInOrder, type TensorBackend } from '@excb/tensor';
import { oneMinus } from './one-minus.ts';

/** `[K]` each: how far each cluster is moved towards the rows (`lower`) and away from them (`higher`). */
export interface ClusterWeights<T> {
  lower: T;
  higher: T;
}

/** A weight of exactly 0 gets up to this much, so that empty clusters do not all tie at similarity 1. */
const JITTER = 1e-3;

/**
 * Weights for the running `sizes` `[K]`, in float32 and in this form: with r = K·size / Σ size,
 * lower = 1 − max(0, 1 − r) and higher = 1 − max(0, 1 − 1/r).
 *
 * @param draws `[K]`, uniform in [0, 1): a weight that is exactly 0 becomes 0.001 · draw. Without: it stays 0.
 */
export function clusterWeights<T>(backend: TensorBackend<T>, sizes: T, draws?: T): ClusterWeights<T> {
  return backend.scope(() => {
    const [clusters] = backend.shape(sizes);
    const total = backend.sum(sizes);
    const ratio = backend.multiply(backend.divide(sizes, total), clusters);
    const inverse = backend.divide(backend.fromHost(Float32Array.of(1), []), ratio);
    const limited = (t: T): T => oneMinus(backend, backend.maximum(oneMinus(backend, t), 0));
    const lower = limited(ratio);
    const higher = limited(inverse);
    if (!draws) return { lower, higher };
    const jitter = backend.multiply(draws, JITTER);
    const filled = (weight: T): T => backend.add(weight, backend.multiply(backend.equal(weight, 0), jitter));
    return { lower: filled(lower), higher: filled(higher) };
  });
}

const { fround } = Math;

/** The same on typed arrays, written into `weights`. */
export function fillClusterWeights(
  sizes: Float32Array,
  random: () => number,
  weights: ClusterWeights<Float32Array>,
): void {
  const clusters = sizes.length;
  const total = sumInOrder(sizes);
  for (let k = 0; k < clusters; k++) {
    const ratio = fround(fround(sizes[k] / total) * clusters);
    const lower = fround(1 - Math.max(0, fround(1 - ratio)));
    const higher = fround(1 - Math.max(0, fround(1 - fround(1 / ratio))));
    const jitter = fround(random()) * fround(JITTER);
    weights.lower[k] = lower === 0 ? jitter : lower;
    weights.higher[k] = higher === 0 ? jitter : higher;
  }
}
