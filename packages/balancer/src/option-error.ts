/** An option that is missing or has a value that makes no sense. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}
