/** An engine that is known but does not load here; the message says what to install. */
export class EngineUnavailableError extends Error {
  override readonly name = 'EngineUnavailableError';

  constructor(
    readonly engine: string,
    /** Why it does not load, and what to do. */
    readonly reason: string,
    options?: { cause?: unknown },
  ) {
    super(`engine '${engine}' is not available here: ${reason}`, options);
  }
}
