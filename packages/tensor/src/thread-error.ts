/** Threads cannot be had here, or not that many. */
export class ThreadError extends Error {
  override readonly name = 'ThreadError';
}
