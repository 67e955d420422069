/** What a backend gave is not what the interface says. */
export class ConformanceError extends Error {
  override readonly name = 'ConformanceError';

  /** The operation that is at fault, by its name in `TensorBackend`. */
  readonly operation: string;

  constructor(operation: string, message: string) {
    super(`${operation}: ${message}`);
    this.operation = operation;
  }
}
