import type { SkippedImage } from './errors.ts';

/** Normalised pixels, channels last. */
export interface ViewTensor {
  data: Float32Array;
  shape: [rows: number, height: number, width: number, channels: 3];
}

/** One training batch. */
export interface ViewBatch {
  /** Rows are view-major: all samples of view 0, then all of view 1, … */
  globals: ViewTensor;
  /** As `globals`; undefined where the recipe has no local views. */
  locals: ViewTensor | undefined;
  /** [batch] the image of each row of a view, by its index in the source. */
  indices: Int32Array;
  epoch: number;
  /** Counted from 0 in every epoch. */
  step: number;
}

/** Epochs of training batches. */
export interface ViewBatches {
  readonly stepsPerEpoch: number;
  readonly batchSize: number;
  /** Images found broken so far, each once, by index. */
  readonly skipped: readonly SkippedImage[];
  /**
   * The batches of an epoch, in an order that is a function of seed and epoch. Leaving the loop early drops what
   * was prepared.
   *
   * @param options.from the first step, to go on with an epoch that was stopped; default 0
   * @throws LoaderClosedError, OptionError, and what the recipe throws
   */
  batches(epoch: number, options?: { from?: number }): AsyncIterable<ViewBatch>;
  /** Ends the threads. Loops under way end with a LoaderClosedError. */
  close(): Promise<void>;
}
