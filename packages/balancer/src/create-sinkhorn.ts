import { type HostTensor, isHostBackend, ShapeError, type TensorBackend } from '@excb/tensor';
import type { Assigner, AssignerOptions } from './assigner.ts';
import { expectCount, expectPositive } from './check-options.ts';
import { createStateless } from './create-stateless.ts';
import { withHostBackend } from './default-backend.ts';
import { labelTargets } from './label-targets.ts';
import { scaleMatrix } from './scale-matrix.ts';

/** What `createSinkhorn` takes. */
export interface SinkhornOptions<T> extends AssignerOptions<T> {
  /** ε, the temperature of the transport. Default 0.05. */
  epsilon?: number;
  /** How often clusters and rows are brought to equal totals. Default 3. */
  rounds?: number;
}

/**
 * Sinkhorn-Knopp as in SwAV (arXiv 2006.09882): Q = exp(z/ε); per round every cluster's total becomes 1/K, then every
 * row's 1/N. It balances within the rows it is given, all views together, so it needs many more rows than clusters, or a
 * queue: hand over the similarities of past embeddings as last rows and say how many, `assign(z, { queueRows })`.
 * O(rows·K·rounds). Totals are those of this process: with several workers, assign the rows of all in one.
 *
 * @throws OptionError where a value of `options` makes no sense
 */
export function createSinkhorn<T = HostTensor>(options: SinkhornOptions<T>): Assigner<T> {
  const { epsilon = 0.05, rounds = 3 } = options;
  expectPositive('epsilon', epsilon, 0.05);
  expectCount('rounds', rounds, 1);
  return createStateless('sinkhorn', withHostBackend(options), (backend, similarities, { queueRows = 0 }) => {
    const [rows] = backend.shape(similarities);
    if (!Number.isInteger(queueRows) || queueRows < 0 || queueRows >= rows) {
      throw new ShapeError(
        `queueRows is ${queueRows}, but must be a whole number below the ${rows} rows of the similarities: count the rows of the queue, which come last`,
      );
    }
    return labelTargets(backend, similarities, () => {
      const targets = transport(backend, similarities, epsilon, rounds);
      return queueRows === 0 ? targets : backend.sliceRows(targets, 0, rows - queueRows);
    });
  });
}

/** Q is kept as row scales × M × column scales, so a round is two products of M with a vector. */
function transport<T>(backend: TensorBackend<T>, similarities: T, epsilon: number, rounds: number): T {
  const [rows, clusters] = backend.shape(similarities);
  const { mass, rowMass } = isHostBackend(backend)
    ? (hostMassOf(similarities as HostTensor, epsilon) as Mass<unknown> as Mass<T>)
    : massOf(backend, similarities, epsilon);
  const one = backend.fromHost(Float32Array.of(1), []);
  let rowScale = rowMass;
  let columnScale = rowScale;
  for (let round = 0; round < rounds; round++) {
    const clusterTotals = backend.matMul(mass, rowScale, { transposeA: true });
    columnScale = backend.divide(one, backend.multiply(clusterTotals, clusters));
    const rowTotals = backend.matMul(mass, columnScale);
    rowScale = backend.divide(one, backend.multiply(rowTotals, rows));
  }
  // The last totals are those of the rows: N times as much, they are 1.
  return scaleMatrix(backend, mass, backend.multiply(rowScale, rows), columnScale);
}

interface Mass<T> {
  /** M `[rows, K]`. */
  mass: T;
  /** The first row scales, `[rows, 1]`. */
  rowMass: T;
}

/**
 * M is exp(z/ε), but 1 in the nearest row of every cluster and in the nearest cluster of every row, so that no total is 0,
 * however far apart entries are. What is taken out of the columns the first round makes up for anyway; what is taken out of
 * the rows goes into their scales.
 */
function massOf<T>(backend: TensorBackend<T>, similarities: T, epsilon: number): Mass<T> {
  const logits = backend.divide(similarities, epsilon);
  const fromNearestRow = backend.subtract(logits, backend.max(logits, 0, true));
  const distance = backend.max(fromNearestRow, 1, true);
  return { mass: backend.exp(backend.subtract(fromNearestRow, distance)), rowMass: backend.exp(distance) };
}

/** The same on typed arrays, without arrays of that size on the way. */
function hostMassOf({ data, shape }: HostTensor, epsilon: number): Mass<HostTensor> {
  const [rows, clusters] = shape;
  const nearest = new Float32Array(clusters).fill(-Infinity);
  for (let row = 0; row < rows; row++) raiseTo(nearest, data, row * clusters);
  const mass = new Float32Array(data.length);
  const rowMass = Float32Array.from({ length: rows }, (_, row) =>
    fillMass(mass, data, row * clusters, nearest, epsilon),
  );
  return { mass: { data: mass, shape: [rows, clusters] }, rowMass: { data: rowMass, shape: [rows, 1] } };
}

/** Raises the entries of `largest` to those of the row that begins at `at`. */
function raiseTo(largest: Float32Array, z: HostTensor['data'], at: number): void {
  for (let k = 0; k < largest.length; k++) {
    if (z[at + k] > largest[k]) largest[k] = z[at + k];
  }
}

/** Fills the row of the mass that begins at `at`, and gives its scale. */
function fillMass(
  mass: Float32Array,
  z: HostTensor['data'],
  at: number,
  nearest: Float32Array,
  epsilon: number,
): number {
  let distance = -Infinity;
  for (let k = 0; k < nearest.length; k++) {
    const fromNearestRow = z[at + k] - nearest[k];
    if (fromNearestRow > distance) distance = fromNearestRow;
  }
  const scale = 1 / epsilon;
  for (let k = 0; k < nearest.length; k++) {
    mass[at + k] = Math.exp((z[at + k] - nearest[k] - distance) * scale);
  }
  return Math.exp(distance * scale);
}
