import { type HostTensor, isHostBackend, ShapeError, type TensorBackend } from '@excb/tensor';
import { type ClusterWeights, clusterWeights, fillClusterWeights } from './cluster-weights.ts';
import { updatedSizes, updateSizes } from './update-sizes.ts';

/** Where the running sizes live: typed arrays that are written in place, or a tensor of the backend. */
export interface ClusterSizes<T> {
  /** Weights for the present sizes, to be used inside the scope that asks for them. */
  weights(): ClusterWeights<T>;
  /** Rows per cluster of `assignments`, read back. */
  count(assignments: T): Promise<Float32Array>;
  /** Takes in `assignments` `[rows]`. */
  learn(assignments: T, rows: number, momentum: number): void;
  /** Takes in counts that were summed over workers. */
  learnCounts(counts: Float32Array, total: number, momentum: number): void;
  read(): Promise<Float32Array>;
  write(sizes: Float32Array): void;
  dispose(): void;
}

function hostSizes(clusters: number, random: () => number): ClusterSizes<HostTensor> {
  const sizes = new Float32Array(clusters).fill(1 / clusters);
  const batch = new Float32Array(clusters);
  const shape = [clusters];
  const weights = {
    lower: { data: new Float32Array(clusters), shape },
    higher: { data: new Float32Array(clusters), shape },
  };
  const arrays = { lower: weights.lower.data, higher: weights.higher.data };

  function countIntoBatch(labels: HostTensor): void {
    batch.fill(0);
    for (let row = 0; row < labels.data.length; row++) {
      const label = labels.data[row];
      if (!(label >= 0 && label < clusters)) {
        throw new ShapeError(
          `assignments[${row}] is ${label}, but the ${clusters} clusters are 0 … ${clusters - 1}: pass the assignments that assign() gave`,
        );
      }
      batch[label]++;
    }
  }

  return {
    weights() {
      fillClusterWeights(sizes, random, arrays);
      return weights;
    },
    async count(assignments) {
      countIntoBatch(assignments);
      return batch.slice();
    },
    learn(assignments, rows, momentum) {
      countIntoBatch(assignments);
      updateSizes(sizes, batch, rows, momentum);
    },
    learnCounts: (counts, total, momentum) => updateSizes(sizes, counts, total, momentum),
    read: async () => sizes.slice(),
    write: (values) => sizes.set(values),
    dispose() {},
  };
}

function deviceSizes<T>(backend: TensorBackend<T>, clusters: number, random: () => number): ClusterSizes<T> {
  const place = (values: Float32Array): T => backend.keep(backend.fromHost(values, [clusters]));
  let sizes = place(new Float32Array(clusters).fill(1 / clusters));

  function replace(next: T): void {
    const old = sizes;
    sizes = backend.keep(next);
    backend.dispose(old);
  }

  function learnTensor(counts: T, total: number, momentum: number): void {
    replace(updatedSizes(backend, sizes, counts, total, momentum));
  }

  return {
    weights() {
      // Which clusters are empty is known on the device only, so every cluster gets its draw.
      const draws = new Float32Array(clusters);
      for (let k = 0; k < clusters; k++) draws[k] = random();
      return backend.scope(() => clusterWeights(backend, sizes, backend.fromHost(draws, [clusters])));
    },
    async count(assignments) {
      const counts = backend.countLabels(assignments, clusters);
      const reading = backend.toHost(counts);
      backend.dispose(counts);
      return Float32Array.from((await reading).data);
    },
    learn(assignments, rows, momentum) {
      const counts = backend.countLabels(assignments, clusters);
      learnTensor(counts, rows, momentum);
      backend.dispose(counts);
    },
    learnCounts(values, total, momentum) {
      const counts = backend.fromHost(values, [clusters]);
      learnTensor(counts, total, momentum);
      backend.dispose(counts);
    },
    read: async () => Float32Array.from((await backend.toHost(sizes)).data),
    write: (values) => replace(backend.fromHost(values.slice(), [clusters])),
    dispose: () => backend.dispose(sizes),
  };
}

/** Sizes that start at 1/K each. */
export function createClusterSizes<T>(
  backend: TensorBackend<T>,
  clusters: number,
  random: () => number,
): ClusterSizes<T> {
  return isHostBackend(backend)
    ? (hostSizes(clusters, random) as ClusterSizes<unknown> as ClusterSizes<T>)
    : deviceSizes(backend, clusters, random);
}
