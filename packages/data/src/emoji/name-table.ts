import type { IconSet } from './icon-set.ts';
import { identityOf } from './identity.ts';

const DIGITS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

/** Finds the identity of an icon by its name. */
export type NameTable = (name: string, options?: { ignoreDashes?: boolean }) => string | undefined;

/**
 * Identities by icon name, for the sets that give no code points. The names of the sets that do come first; where
 * two of them disagree the earlier set wins. Then the aliases of all sets, in both directions, until none adds
 * a name.
 */
export function nameTable(sets: readonly IconSet[]): NameTable {
  const table = new Map<string, string>();
  for (const { codes } of sets) {
    for (const [code, name] of Object.entries(codes)) {
      if (!table.has(name)) table.set(name, identityOf(code));
    }
  }
  const aliases = sets.flatMap((set) => Object.entries(set.aliases));
  for (let size = -1; size !== table.size; ) {
    size = table.size;
    for (const [alias, { parent }] of aliases) {
      const identity = table.get(parent) ?? table.get(alias);
      if (identity === undefined) continue;
      if (!table.has(alias)) table.set(alias, identity);
      if (!table.has(parent)) table.set(parent, identity);
    }
  }
  const dashless = new Map<string, string>();
  for (const [name, identity] of table) {
    const key = name.replaceAll('-', '');
    if (!dashless.has(key)) dashless.set(key, identity);
  }
  return (name, { ignoreDashes = false } = {}) => {
    for (const spelling of spellings(name)) {
      const identity = table.get(spelling);
      if (identity !== undefined) return identity;
      const loose = ignoreDashes ? dashless.get(spelling.replaceAll('-', '')) : undefined;
      if (loose !== undefined) return loose;
    }
    return undefined;
  };
}

/** `flag-for-x` is also `flag-x` or `x`, and `digit-one` is `keycap-1`. */
function spellings(name: string): string[] {
  const country = /^flag-for-(.+)$/.exec(name)?.[1];
  if (country) return [name, `flag-${country}`, country];
  const digit = DIGITS.indexOf(/^digit-(.+)$/.exec(name)?.[1] ?? '');
  return digit >= 0 ? [name, `keycap-${digit}`] : [name];
}
