/** A state that the assigner cannot go on from, or counts that cannot be. */
export class StateError extends Error {
  override readonly name = 'StateError';
}
