import type { TrainConfig } from '@excb/trainer';

/** What a worker of an engine is started with, as JSON. */
export interface WorkerOptions {
  engine: string;
  config: TrainConfig;
  /** For engines that have threads. */
  threads: number;
  /** Writes the student's first weights and the views into this file. */
  writeStart?: string;
}

/** A worker's first line, once it is ready for its first step. */
export interface Ready {
  /** Trained numbers: the same for every engine and for PyTorch, or they do not do the same work. */
  parameters: number;
  /** Of PyTorch. */
  version?: string;
}

/** What a worker is told, one line a turn. */
export interface Turn {
  steps: number;
}

/** What it answers. */
export interface TurnReply {
  /** Of each step. */
  seconds: number[];
  losses: number[];
  /** Bytes of the process in memory now. */
  resident: number;
  /** The most there were so far. */
  peak: number;
}

/** What it writes instead when it fails. */
export interface Failure {
  error: string;
}
