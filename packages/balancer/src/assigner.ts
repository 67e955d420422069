import type { AssignedRows, TensorBackend } from '@excb/tensor';
import type { ClusterHealth } from './cluster-health.ts';

/** What an assigner is told about the rows it gets. Explicit balancing needs none of it; other assignments do. */
export interface AssignerContext {
  /** How many views the rows hold, one after the other, of the same number of rows each. Default 1. For MIRA. */
  views?: number;
  /** Which step of the run this is, counted from 0. For MIRA. */
  step?: number;
  /** How many steps the run has. For MIRA. */
  steps?: number;
  /** Which epoch of the run this is, counted from 0. For centering with a warm-up. */
  epoch?: number;
  /**
   * How many of the rows, at the end, are past embeddings: they are assigned together with the others, but no targets
   * are given for them. Default 0. For Sinkhorn-Knopp.
   */
  queueRows?: number;
  /**
   * Where the targets are written, for `createBalancer` and `createUnbalanced` on typed arrays: a `Float32Array` of rows·K
   * entries, which may be that of the similarities. Saves the time that new memory takes, which for large K is more than
   * that of the assignment. Default: a new array.
   */
  into?: Float32Array;
}

/**
 * Where the rows of a batch belong: `targets` `[rows, K]` (each row sums to 1), `assignments` `[rows]` (int32, the
 * cluster with the largest target) and `rawAssignments` `[rows]` (int32, the cluster with the largest similarity
 * as it came). The caller owns the three and disposes them.
 */
export type Assignment<T> = AssignedRows<T>;

/** Everything that an assigner carries from step to step, in plain arrays and numbers. */
export interface AssignerState {
  /** `name` of the assigner that it belongs to. */
  assigner: string;
  clusters: number;
  values: Record<string, number>;
  arrays: Record<string, Float32Array>;
}

/** Turns the teacher's similarities into target distributions over the clusters, and keeps count. */
export interface Assigner<T> {
  readonly name: string;
  readonly clusters: number;
  /**
   * Targets for `similarities` `[rows, K]`, float32. Synchronous; reads nothing back and changes no cluster size.
   *
   * @throws ShapeError where the similarities are not `[rows, K]`
   * @throws NonFiniteError on the host backend, before anything but `into` is changed, where an entry is NaN or infinite. Other
   * backends only take note: the next promise that reads back rejects, and goes on doing so until `restore`.
   */
  assign(similarities: T, context?: AssignerContext): Assignment<T>;
  /** Learns from `assignments` `[rows]`; call it after the loss. `assignments` may be disposed after the call. */
  update(assignments: T): Promise<void>;
  /** `assign` and `update` in turn, for a loop that needs nothing between them. */
  step(similarities: T, context?: AssignerContext): Promise<Assignment<T>>;
  /** Cluster use over the rows that `assign` saw since the last `health({ reset: true })`. */
  health(options?: { reset?: boolean }): Promise<ClusterHealth>;
  /** A copy of all that it carries, the window of `health` included. */
  state(): Promise<AssignerState>;
  /** Goes on from `state`. @throws StateError, before anything is changed, where the state does not fit */
  restore(state: AssignerState): Promise<void>;
  /** Frees what the assigner holds. Every later call throws DisposedError. */
  dispose(): void;
}

/** What every assigner takes. */
export interface AssignerOptions<T> {
  /** K, the number of columns of the similarities. */
  clusters: number;
  /** What the tensors are. Default: `hostBackend()`, typed arrays. */
  backend?: TensorBackend<T>;
}

/** What `createBalancer` and `createUnbalanced` take. */
export interface BalancerOptions<T> extends AssignerOptions<T> {
  /** Of the running cluster sizes, 0 … 1. `'auto'`: `autoMomentum` of the rows of the first update. Default 0.999. */
  momentum?: number | 'auto';
  /** The targets are softmax(similarities / temperature). Default 0.04. */
  teacherTemperature?: number;
  /**
   * Sums the rows per cluster `[K]` over all workers. With it, `update` waits for the counts to be read back and
   * summed; every worker then holds the same sizes. Without it nothing is read back.
   */
  allReduce?: (counts: Float32Array) => Promise<Float32Array>;
  /** Uniform in [0, 1), drawn once per cluster and step; tells empty clusters apart. Default: `Math.random`. */
  random?: () => number;
}

/** The teacher temperature of the paper. */
export const TEACHER_TEMPERATURE = 0.04;
