import { closest } from 'fastest-levenshtein';
import { OptionError, UnknownOptionError } from './errors.ts';

/** How a bad value is shown in a message. */
function shown(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return String(value);
  return JSON.stringify(value) ?? String(value);
}

/** Throws an `OptionError` that names the option, what it is and what it may be. */
export function reject(option: string, value: unknown, expected: string): never {
  throw new OptionError(option, `${option} is ${shown(value)}, expected ${expected}: pass ${expected}`);
}

/** `value` must be a plain object whose keys are all among `keys`; `path` is '' at the top level. */
export function checkKeys(owner: string, path: string, value: unknown, keys: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    reject(path || owner, value, `an object with the keys ${keys.join(', ')}`);
  }
  for (const key of Object.keys(value)) {
    if (keys.includes(key)) continue;
    const nearest = closest(key, keys);
    const full = path ? `${path}.${key}` : key;
    throw new UnknownOptionError(
      full,
      nearest,
      `${owner}: unknown option "${full}": did you mean "${nearest}"? Valid here: ${keys.join(', ')}`,
    );
  }
}

/** A finite number from `low` to `high`. */
export function checkNumber(option: string, value: unknown, low: number, high: number): void {
  if (typeof value === 'number' && value >= low && value <= high && Number.isFinite(value)) return;
  reject(
    option,
    value,
    high < Number.MAX_VALUE ? `a number from ${low} to ${high}` : `a number of at least ${low}`,
  );
}

/** A number from 0 to 1. */
export function checkProbability(option: string, value: unknown): void {
  checkNumber(option, value, 0, 1);
}

/** An integer of at least `low`. */
export function checkInteger(option: string, value: unknown, low: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= low) return;
  reject(option, value, `an integer of at least ${low}`);
}

/** A pair of numbers, 0 < lower ≤ upper ≤ `high`. */
export function checkRange(option: string, value: unknown, high: number): void {
  const fits =
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((x) => typeof x === 'number' && x > 0 && x <= high && Number.isFinite(x)) &&
    value[0] <= value[1];
  if (!fits) {
    const above = high < Number.MAX_VALUE ? ` ≤ ${high}` : '';
    reject(option, value, `a pair [lower, upper] with 0 < lower ≤ upper${above}`);
  }
}

/** An odd kernel size of at least 1. */
export function checkKernel(option: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) % 2 === 1) return;
  reject(option, value, 'an odd number of taps of at least 1');
}
