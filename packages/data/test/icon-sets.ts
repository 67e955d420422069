import type { IconSet } from '../src/emoji/icon-set.ts';

/** A set of icons as a package would hold it; every body is its name. */
export function iconSet(
  set: string,
  names: readonly string[],
  { codes, ...rest }: Partial<Omit<IconSet, 'aliases'>> & { aliases?: IconSet['aliases'] } = {},
): IconSet {
  return {
    set,
    vendor: `vendor of ${set}`,
    hasCodes: codes !== undefined,
    icons: Object.fromEntries(names.map((name) => [name, { body: `<!--${name}-->` }])),
    aliases: {},
    width: 32,
    height: 32,
    codes: codes ?? {},
    categories: {},
    ...rest,
  };
}
