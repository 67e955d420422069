/** An assigner that was used after its `dispose()`. */
export class DisposedError extends Error {
  override readonly name = 'DisposedError';
}
