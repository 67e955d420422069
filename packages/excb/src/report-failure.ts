import { CommanderError } from 'commander';

/**
 * Prints what went wrong as one message. Errors of our own say all there is to say; anything unforeseen comes
 * with its stack, so that it can be reported.
 *
 * @returns the exit code
 */
export function reportFailure(error: unknown, write: (line: string) => void = console.error): number {
  if (error instanceof CommanderError) return error.exitCode;
  if (!(error instanceof Error)) {
    write(`error: ${String(error)}`);
    return 1;
  }
  const expected = error.name !== 'Error' && !(error instanceof TypeError) && !(error instanceof RangeError);
  write(expected ? `error: ${error.message}` : `unexpected error: ${error.stack ?? error.message}`);
  return 1;
}
