/** What a process of contenders is started with, as JSON. */
export interface Work {
  rows: number;
  clusters: number;
  /** Those of its contenders that are measured. */
  names: string[];
}

/** What it is told, one line a turn. Its answer is a `Reply`, or `{ error }`. */
export interface Turn {
  name: string;
  steps: number;
}

export interface Reply {
  /** Of each step. */
  seconds: number[];
  /** How much more than inputs, outputs and the running sizes was in memory at the peak of these steps, in bytes. */
  extraBytes?: number;
  /** Which way of several was taken, the fastest. */
  formulation?: string;
}
