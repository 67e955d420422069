import type { MatchTable } from './match-table.ts';

/** The rows of student or teacher similarities do not fit the match table. */
export class LossShapeError extends Error {
  override name = 'LossShapeError';
  constructor(student: number[], teacher: number[], table: MatchTable) {
    super(
      `student similarities are [${student}] and targets [${teacher}], but the match table has ${table.studentViews} student and ${table.teacherViews} teacher views of one batch: stack the rows view-major, all samples of view 0 first`,
    );
  }
}

/** K-means was asked for more clusters than it has samples. */
export class TooFewSamplesError extends Error {
  override name = 'TooFewSamplesError';
  constructor(samples: number, clusters: number) {
    super(
      `the centroid start has ${samples} samples, but ${clusters} clusters need at least as many: use ${samples} clusters or fewer, or more images`,
    );
  }
}

/** K-means left clusters empty at every restart. */
export class EmptyClustersError extends Error {
  override name = 'EmptyClustersError';
  constructor(empty: number, clusters: number, samples: number, restarts: number) {
    super(
      `the centroid start left ${empty} of ${clusters} clusters empty (fewest of ${restarts} tries) with ${samples} samples: ${clusters - empty} clusters would fit, or collect more samples`,
    );
  }
}

/** A quantity of a training step became NaN or infinite. */
export class NonFiniteError extends Error {
  override name = 'NonFiniteError';
  /** The first quantity, in the order of the step, that was not finite. */
  readonly quantity: string;
  /** Training step, counted from 0. */
  readonly step: number;
  constructor(quantity: string, step: number) {
    super(
      `${quantity} became NaN or infinite in step ${step}: the weights from before that step are kept. Lower the learning rate, lengthen the warm-up or set clipping`,
    );
    this.quantity = quantity;
    this.step = step;
  }
}

/** A setting that does not exist, has the wrong type or an impossible value. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** A checkpoint that cannot be read back. */
export class CheckpointError extends Error {
  override name = 'CheckpointError';
}
