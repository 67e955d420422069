/** Tensors whose shapes do not fit each other or the operation. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';

  constructor(
    /** The operation that refused. */
    readonly operation: string,
    got: string,
    expected: string,
  ) {
    super(`${operation}: got ${got}, expected ${expected}`);
  }
}
