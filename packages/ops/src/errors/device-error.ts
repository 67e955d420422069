const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');

/** A device that does not exist, or that the engine does not run on. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';

  constructor(
    readonly got: string,
    /** What it could be. */
    readonly known: readonly string[],
    advice: string,
  ) {
    super(`device: got '${got}', expected ${known.length > 1 ? 'one of ' : ''}${quoted(known)}: ${advice}`);
  }
}
