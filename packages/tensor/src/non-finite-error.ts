/** A NaN or an infinity where every number has to be finite. */
export class NonFiniteError extends Error {
  override readonly name = 'NonFiniteError';
}
