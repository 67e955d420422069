import { type IconSet, iconDocument } from './icon-set.ts';
import { hasSkinTone, identityOf } from './identity.ts';
import { nameTable } from './name-table.ts';

/** Side of the images that the set is defined by, in pixels. */
export const DEFINED_SIZE = 64;

/** The categories: Unicode's groups. */
export const emojiCategories = [
  'Smileys & Emotion',
  'People & Body',
  'Animals & Nature',
  'Food & Drink',
  'Travel & Places',
  'Activities',
  'Objects',
  'Symbols',
  'Flags',
] as const;

/** An icon that becomes an image, unless it is blank or drawn the same as an earlier one. */
export interface EmojiCandidate {
  set: string;
  vendor: string;
  name: string;
  /** Code points, see `identityOf`. */
  identity: string;
  /** Index into `emojiCategories`. */
  category: number;
  svg: string;
}

/**
 * The icons of all sets that have an identity with a Unicode group and no skin tone, one per identity and set, by
 * set and then by identity. The category of an identity is the group that most sets put it in.
 */
export function defineEmoji(sets: readonly IconSet[]): EmojiCandidate[] {
  const identify = nameTable(sets);
  const byIdentity = new Map(sets.map((set) => [set.set, iconsByIdentity(set, identify)]));
  const categories = voteCategories(sets, byIdentity);
  return sets.flatMap((set) => {
    const icons = [...(byIdentity.get(set.set) as Map<string, string>)];
    icons.sort(([a], [b]) => (a < b ? -1 : 1));
    return icons.flatMap(([identity, name]) => {
      const category = categories.get(identity);
      if (category === undefined) return [];
      const svg = iconDocument(set, set.icons[name], DEFINED_SIZE);
      return [{ set: set.set, vendor: set.vendor, name, identity, category, svg }];
    });
  });
}

/** The first visible icon of every identity, skin tones left out. */
function iconsByIdentity(set: IconSet, identify: ReturnType<typeof nameTable>): Map<string, string> {
  const codes = new Map<string, string>();
  for (const [code, name] of Object.entries(set.codes))
    if (!codes.has(name)) codes.set(name, identityOf(code));
  const icons = new Map<string, string>();
  for (const [name, { hidden }] of Object.entries(set.icons)) {
    if (hidden) continue;
    const identity = set.hasCodes ? codes.get(name) : identify(name, { ignoreDashes: set.set === 'fxemoji' });
    if (identity === undefined || hasSkinTone(identity) || icons.has(identity)) continue;
    icons.set(identity, name);
  }
  return icons;
}

function voteCategories(
  sets: readonly IconSet[],
  byIdentity: ReadonlyMap<string, ReadonlyMap<string, string>>,
): Map<string, number> {
  const votes = new Map<string, number[]>();
  for (const set of sets) {
    if (!set.hasCodes) continue;
    const groups = new Map<string, number>();
    for (const [title, names] of Object.entries(set.categories)) {
      const group = groupOf(title);
      if (group >= 0) for (const name of names) groups.set(name, group);
    }
    for (const [identity, name] of byIdentity.get(set.set) as ReadonlyMap<string, string>) {
      const group = groups.get(name);
      if (group === undefined) continue;
      if (!votes.has(identity)) votes.set(identity, new Array(emojiCategories.length).fill(0));
      (votes.get(identity) as number[])[group]++;
    }
  }
  return new Map([...votes].map(([identity, counts]) => [identity, counts.indexOf(Math.max(...counts))]));
}

/** A package's category as a Unicode group; some leave out the `&`. −1 for a category of its own. */
function groupOf(title: string): number {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z]+/g, ' ');
  return emojiCategories.findIndex((category) => plain(category) === plain(title));
}
