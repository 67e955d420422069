/** A chunk of features whose arrays do not fit together, or that does not fit the other side. */
export class FeatureShapeError extends Error {
  override name = 'FeatureShapeError';
}

/** A feature vector that holds NaN or an infinity; the message names the row. */
export class NonFiniteFeatureError extends Error {
  override name = 'NonFiniteFeatureError';
}

/** Labels or identities that are missing, or outside their range. */
export class LabelError extends Error {
  override name = 'LabelError';
}

/** More neighbours asked for than the bank has rows. */
export class BankTooSmallError extends Error {
  override name = 'BankTooSmallError';
}

/** A bank that must be read several times but can be read once only, or that changed in between. */
export class BankSweepError extends Error {
  override name = 'BankSweepError';
}

/** A setting (k, temperature, classes) outside its range. */
export class EvaluationOptionError extends Error {
  override name = 'EvaluationOptionError';
}
