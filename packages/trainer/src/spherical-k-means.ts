import type { TensorBackend } from '@excb/tensor';
import { EmptyClustersError, TooFewSamplesError } from './errors.ts';

/** What {@link sphericalKMeans} needs. */
export interface KMeansOptions<T> {
  /** Unit-length rows, `[samples, size]` row-major. */
  features: Float32Array;
  /** Width of a row. */
  size: number;
  clusters: number;
  /** Rounds of assignment and re-estimation. */
  iterations: number;
  /** Tries before giving up on empty clusters. */
  restarts: number;
  /** The rows that start try `attempt`, as distinct indices. */
  select(attempt: number): ArrayLike<number>;
  /** Ends the search after the round under way. */
  signal?: AbortSignal | undefined;
  /** Runs the matrix products. */
  backend: TensorBackend<T>;
}

/** What {@link sphericalKMeans} found. */
export interface KMeansResult {
  /** Unit-length rows, `[clusters, size]`. */
  centroids: Float32Array;
  /** Cluster of every sample. */
  assignments: Int32Array;
  /** Tries that were thrown away because a cluster stayed empty. */
  restarts: number;
  /** Mean dot product of the samples with their centroid, in [−1, 1]. */
  inertia: number;
}

/** Similarities held at a time: 2^22 floats, 16 MiB. */
const TILE = 1 << 22;

/**
 * Spherical k-means: assign to the largest dot product (lowest index on ties), mean, scale to unit length; an
 * empty cluster keeps its centroid; one more assignment at the end; a new start while a cluster is empty.
 * Source: method §4.
 *
 * @throws the signal's reason when it aborts
 * @throws TooFewSamplesError with fewer samples than clusters
 * @throws EmptyClustersError when every try left a cluster empty
 */
export async function sphericalKMeans<T>(options: KMeansOptions<T>): Promise<KMeansResult> {
  const { features, size, clusters, iterations, backend } = options;
  const samples = features.length / size;
  if (samples < clusters) throw new TooFewSamplesError(samples, clusters);
  let fewestEmpty = clusters;
  const tiles = new FeatureTiles(features, size, clusters, backend);
  try {
    for (let attempt = 0; attempt <= options.restarts; attempt++) {
      let centroids = gather(features, size, options.select(attempt));
      for (let round = 0; round < iterations; round++) {
        options.signal?.throwIfAborted();
        const { assignments } = await tiles.assign(centroids);
        centroids = normaliseRows(clusterMeans(features, size, assignments, centroids), size);
      }
      const { assignments, similaritySum } = await tiles.assign(centroids);
      const empty = clusters - new Set(assignments).size;
      if (empty === 0) return { centroids, assignments, restarts: attempt, inertia: similaritySum / samples };
      fewestEmpty = Math.min(fewestEmpty, empty);
    }
  } finally {
    tiles.dispose();
  }
  throw new EmptyClustersError(fewestEmpty, clusters, samples, options.restarts + 1);
}

/**
 * Mean row of every cluster, `[clusters, size]`; a cluster without rows keeps its row of `previous`.
 */
export function clusterMeans(
  features: Float32Array,
  size: number,
  assignments: Int32Array,
  previous: Float32Array,
): Float32Array {
  const sums = new Float64Array(previous.length);
  const counts = new Int32Array(previous.length / size);
  for (let row = 0; row < assignments.length; row++) {
    const cluster = assignments[row];
    counts[cluster]++;
    for (let d = 0; d < size; d++) sums[cluster * size + d] += features[row * size + d];
  }
  return Float32Array.from(previous, (old, i) => {
    const count = counts[Math.floor(i / size)];
    return count === 0 ? old : sums[i] / count;
  });
}

class FeatureTiles<T> {
  private readonly tiles: { tensor: T; first: number; count: number }[] = [];
  private readonly samples: number;
  constructor(
    private readonly features: Float32Array,
    private readonly size: number,
    private readonly clusters: number,
    private readonly backend: TensorBackend<T>,
  ) {
    this.samples = features.length / size;
    const rows = Math.max(1, Math.floor(TILE / clusters));
    for (let first = 0; first < this.samples; first += rows) {
      const count = Math.min(rows, this.samples - first);
      const tensor = backend.fromHost(features.subarray(first * size, (first + count) * size), [count, size]);
      this.tiles.push({ tensor: backend.keep(tensor), first, count });
    }
  }

  async assign(centroids: Float32Array): Promise<{ assignments: Int32Array; similaritySum: number }> {
    const { backend, size } = this;
    const assignments = new Int32Array(this.samples);
    const target = backend.fromHost(centroids, [this.clusters, size]);
    for (const { tensor, first } of this.tiles) {
      const labels = backend.scope(() =>
        backend.argMax(backend.matMul(tensor, target, { transposeB: true }), 1),
      );
      assignments.set((await backend.toHost(labels)).data, first);
      backend.dispose(labels);
    }
    backend.dispose(target);
    let similaritySum = 0;
    for (let row = 0; row < this.samples; row++) {
      for (let d = 0; d < size; d++) {
        similaritySum += this.features[row * size + d] * centroids[assignments[row] * size + d];
      }
    }
    return { assignments, similaritySum };
  }

  dispose(): void {
    for (const { tensor } of this.tiles) this.backend.dispose(tensor);
  }
}

function gather(features: Float32Array, size: number, rows: ArrayLike<number>): Float32Array {
  const chosen = new Float32Array(rows.length * size);
  for (let i = 0; i < rows.length; i++) {
    chosen.set(features.subarray(rows[i] * size, (rows[i] + 1) * size), i * size);
  }
  return chosen;
}

function normaliseRows(rows: Float32Array, size: number): Float32Array {
  for (let first = 0; first < rows.length; first += size) {
    let squares = 0;
    for (let d = 0; d < size; d++) squares += rows[first + d] ** 2;
    const length = Math.max(Math.sqrt(squares), 1e-12);
    for (let d = 0; d < size; d++) rows[first + d] /= length;
  }
  return rows;
}
