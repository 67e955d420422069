/** What a backend gave is not what the interface says. */
export class ConformanceError extends Error {
  override readonly name = 'ConformanceError';

  /**
   * @param operation that is at fault, by its name in `TensorBackend`
   * @param got what it gave, and `expected`, what it had to give, in words and numbers
   */
  constructor(
    readonly operation: string,
    readonly got: string,
    readonly expected: string,
    options?: ErrorOptions,
  ) {
    super(`${operation}: got ${got}, expected ${expected}`, options);
  }
}

/** Whatever was thrown while `operation` was tried. */
export function asConformanceError(operation: string, error: unknown): ConformanceError {
  if (error instanceof ConformanceError) return error;
  return new ConformanceError(operation, `an exception (${error})`, 'a result', { cause: error });
}
