/** A tensor, or two of them, whose shape or type does not fit what is asked. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}
