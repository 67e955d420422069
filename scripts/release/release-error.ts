/** A release that must not go on; the message says what was found and what to do. */
export class ReleaseError extends Error {
  override name = 'ReleaseError';
}
