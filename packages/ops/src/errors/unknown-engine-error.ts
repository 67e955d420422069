/** A name that is no engine's. */
export class UnknownEngineError extends Error {
  override readonly name = 'UnknownEngineError';

  constructor(
    readonly got: string,
    readonly known: readonly string[],
    readonly nearest: string,
  ) {
    super(
      `engine: got '${got}', expected one of ${known.map((name) => `'${name}'`).join(', ')}: did you mean '${nearest}'?`,
    );
  }
}
