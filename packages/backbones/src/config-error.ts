/** A backbone or head configuration has an unknown key, a wrong value or values that do not fit together. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
