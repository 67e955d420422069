/** A state dictionary does not fit the module it was to be loaded into; the module is as it was. */
export class StateMismatchError extends Error {
  override readonly name = 'StateMismatchError';
  /** One line for every entry that does not fit. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `the state does not fit the module in ${problems.length} ${problems.length === 1 ? 'entry' : 'entries'}, ` +
        `and nothing was loaded:\n  ${problems.join('\n  ')}\n` +
        'Make the module with the configuration the state was saved with, or pass the right prefix',
    );
    this.problems = problems;
  }
}
