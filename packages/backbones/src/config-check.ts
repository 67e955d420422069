import { closest } from 'fastest-levenshtein';
import { ConfigError } from './config-error.ts';

/** What one key may hold. */
export interface ValueRule {
  expected: string;
  accepts(value: unknown): boolean;
}

export const flag: ValueRule = { expected: 'true or false', accepts: (v) => typeof v === 'boolean' };

export const text: ValueRule = { expected: 'a string', accepts: (v) => typeof v === 'string' };

export const finite: ValueRule = {
  expected: 'a finite number',
  accepts: (v) => typeof v === 'number' && Number.isFinite(v),
};

export const positive: ValueRule = {
  expected: 'a number above 0',
  accepts: (v) => finite.accepts(v) && (v as number) > 0,
};

export const integer: ValueRule = { expected: 'an integer', accepts: (v) => Number.isSafeInteger(v) };

/** An integer of at least `lowest`. */
export function integerFrom(lowest: number): ValueRule {
  return {
    expected: `an integer of at least ${lowest}`,
    accepts: (v) => Number.isSafeInteger(v) && (v as number) >= lowest,
  };
}

export const rate: ValueRule = {
  expected: 'a number from 0 to below 1',
  accepts: (v) => finite.accepts(v) && (v as number) >= 0 && (v as number) < 1,
};

export const blockCounts: ValueRule = {
  expected: 'a list of one or more integers of at least 1',
  accepts: (v) => Array.isArray(v) && v.length > 0 && v.every((count) => integerFrom(1).accepts(count)),
};

/** One of these strings. */
export function oneOf(...values: string[]): ValueRule {
  return {
    expected: `one of ${values.map((value) => `'${value}'`).join(', ')}`,
    accepts: (v) => typeof v === 'string' && values.includes(v),
  };
}

/** An object whose own keys follow these rules. */
export function fields(what: string, rules: Record<string, ValueRule>): ValueRule {
  return {
    expected: `an object with ${Object.keys(rules).join(', ')}`,
    accepts: (v) => {
      if (typeof v !== 'object' || v === null || Array.isArray(v)) return false;
      checkConfig(what, v, rules);
      return true;
    },
  };
}

/**
 * Holds a configuration against its rules. Keys that are `undefined` count as left out.
 *
 * @throws {ConfigError} that names the key, what it held, what it may hold, or the nearest valid key
 */
export function checkConfig(
  what: string,
  config: object,
  rules: Record<string, ValueRule>,
  required: readonly string[] = [],
): void {
  for (const [key, value] of Object.entries(config)) {
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
    if (!rule) {
      const nearest = closest(key, Object.keys(rules));
      throw new ConfigError(`${what} has no setting '${key}': did you mean '${nearest}'?`);
    }
    if (value !== undefined && !rule.accepts(value)) {
      throw new ConfigError(`${what}: ${key} is ${JSON.stringify(value)}, but must be ${rule.expected}`);
    }
  }
  for (const key of required) {
    if ((config as Record<string, unknown>)[key] === undefined) {
      throw new ConfigError(`${what}: ${key} is missing: it must be ${rules[key].expected}`);
    }
  }
}

/** The defaults with every setting of `config` that is not `undefined` in their place. */
export function withDefaults<D extends object>(defaults: D, config: Partial<D>): D {
  const given = Object.entries(config).filter(([, value]) => value !== undefined);
  return { ...defaults, ...(Object.fromEntries(given) as Partial<D>) };
}
