/** What the entries of a tensor are: numbers, or labels and indices. */
export type DataType = 'float32' | 'int32';

/** A tensor in the host's memory: row-major entries and the size of each axis (`[]` for a single number). */
export interface HostTensor {
  data: Float32Array | Int32Array;
  shape: number[];
}

/** Which of the two matrices `matMul` reads transposed. */
export interface MatMulOptions {
  transposeA?: boolean;
  transposeB?: boolean;
}

/** What an assignment of rows to clusters consists of. */
export interface AssignedRows<T> {
  /** `[rows, K]`, each row sums to 1. */
  targets: T;
  /** `[rows]`, int32: the cluster with the largest target. */
  assignments: T;
  /** `[rows]`, int32: the cluster with the largest similarity as it came. */
  rawAssignments: T;
}

/** What `fused.assign` is told. */
export interface FusedAssignOptions<T> {
  /** `[K]` each, finite: how far a cluster is moved towards the rows and away from them. Without: no balancing. */
  weights?: { lower: T; higher: T };
  /** More than 0. */
  temperature: number;
  /**
   * For typed arrays: where the targets are written, a `Float32Array` of rows·K entries, which may be that of the
   * similarities. Default: a new one.
   */
  into?: Float32Array;
}

/** Whole steps that a backend may offer in one piece. The results must agree with the single operations. */
export interface FusedOperations<T> {
  /**
   * Cluster balancing of `similarities` `[rows, K]` in one pass: with y = (1 + (1 − (1 − z)·lower))·higher − 1,
   * the largest entry of each row times 1.01, all clamped to [−1, 1], targets = softmax(y / temperature).
   * Without `weights`, targets = softmax(z / temperature).
   *
   * @throws NonFiniteError where the backend can see a NaN or an infinity without reading back
   */
  assign?(similarities: T, options: FusedAssignOptions<T>): AssignedRows<T>;
}

/**
 * The tensor operations the method is written over; `T` is the host library's own tensor type.
 *
 * Rules for every implementation:
 * - float32 arithmetic, int32 for labels. An operation on two int32 tensors gives int32 (`divide` does not);
 *   anything else gives float32, and so do sums, means, `max` and the comparison.
 * - `axis` counts from the end when negative. Without an axis a reduction runs over all entries.
 * - Broadcasting is NumPy's. A number stands for a tensor of shape `[]`.
 * - No operation changes its arguments, and none reads back: only `toHost` does.
 * - Among equal entries `argMax` takes the lowest index.
 */
export interface TensorBackend<T> {
  /** A short name for messages. `host` is kept for tensors that are `HostTensor`. */
  readonly name: string;

  /** A tensor of these entries. It may go on using `data`: do not write to it afterwards. */
  fromHost(data: Float32Array | Int32Array, shape: readonly number[], dtype?: DataType): T;
  /** Reads back. `t` may be disposed as soon as the call has returned. Treat the data as read-only. */
  toHost(t: T): Promise<HostTensor>;
  shape(t: T): number[];

  add(a: T, b: T | number): T;
  subtract(a: T, b: T | number): T;
  multiply(a: T, b: T | number): T;
  /** True division: 7 / 2 = 3.5 for int32 too. */
  divide(a: T, b: T | number): T;
  minimum(a: T, b: T | number): T;
  maximum(a: T, b: T | number): T;
  /** 1 where a = b, 0 elsewhere. */
  equal(a: T, b: T | number): T;

  abs(t: T): T;
  exp(t: T): T;
  log(t: T): T;
  sqrt(t: T): T;
  clamp(t: T, low: number, high: number): T;
  cast(t: T, dtype: DataType): T;

  /** `[m, k]` by `[k, n]`, after the transpositions asked for. */
  matMul(a: T, b: T, options?: MatMulOptions): T;

  /**
   * Without an axis the entries are added as `sumInOrder` does, so that backends agree to the last bit; one that
   * cannot follow its order has to be as precise over long vectors.
   */
  sum(t: T, axis?: number, keepDims?: boolean): T;
  mean(t: T, axis?: number, keepDims?: boolean): T;
  max(t: T, axis?: number, keepDims?: boolean): T;
  /** int32 index of the largest entry; `axis` is the last one unless given. */
  argMax(t: T, axis?: number): T;
  /** Over the last axis. */
  softmax(t: T): T;
  /** Over the last axis. */
  logSoftmax(t: T): T;
  /** Rows (last axis) of length 1; a row of zeros stays. */
  l2Normalise(t: T): T;

  /** `labels` `[rows]` int32 in 0 … clusters − 1 → `[clusters]` float32: how often each occurs. */
  countLabels(labels: T, clusters: number): T;
  /** `t` `[rows, K]`, `index` `[rows]` int32 → `[rows]`: entry `index[i]` of row i. */
  gatherEntry(t: T, index: T): T;
  /** A copy of `t` `[rows, K]` whose row i has `values[i]` at `index[i]`. */
  scatterEntry(t: T, index: T, values: T): T;
  /** Rows `start … start + count − 1` along the first axis. */
  sliceRows(t: T, start: number, count: number): T;
  /** One after the other along the first axis. */
  concatRows(tensors: readonly T[]): T;

  dispose(t: T): void;
  /** Runs `body` and disposes every tensor made in it but those it returns (one, a list or an object of them). */
  scope<R>(body: () => R): R;
  /** Keeps `t` alive through every enclosing scope, until it is disposed. */
  keep(t: T): T;

  readonly fused?: FusedOperations<T>;
}
