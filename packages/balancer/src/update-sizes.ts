import type { TensorBackend } from '@excb/tensor';

/**
 * The running sizes `[K]` after a batch: momentum·size + (1 − momentum)·counts/total.
 *
 * @param counts `[K]`, rows per cluster, of all workers
 * @param total Σ counts
 */
export function updatedSizes<T>(
  backend: TensorBackend<T>,
  sizes: T,
  counts: T,
  total: number,
  momentum: number,
): T {
  return backend.scope(() =>
    backend.add(
      backend.multiply(sizes, momentum),
      backend.multiply(backend.divide(counts, total), 1 - momentum),
    ),
  );
}

const { fround } = Math;

/** The same on typed arrays, in place. */
export function updateSizes(
  sizes: Float32Array,
  counts: Float32Array,
  total: number,
  momentum: number,
): void {
  const old = fround(momentum);
  const fresh = fround(1 - momentum);
  const divisor = fround(total);
  for (let k = 0; k < sizes.length; k++) {
    sizes[k] = fround(sizes[k] * old) + fround(fround(counts[k] / divisor) * fresh);
  }
}
