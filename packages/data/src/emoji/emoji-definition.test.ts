import { expect, test } from 'vitest';
import { iconSet } from '../../test/icon-sets.ts';
import { defineEmoji, emojiCategories } from './emoji-definition.ts';
import type { IconSet } from './icon-set.ts';

const short = (sets: IconSet[]) =>
  defineEmoji(sets).map(
    ({ set, name, identity, category }) => `${set} ${name} ${identity} ${emojiCategories[category]}`,
  );

const codes = { '1f600': 'grin', '1f44b': 'wave', '1f44b-1f3fd': 'wave-medium', '2764-fe0f': 'heart' };
const categories = { 'Smileys & Emotion': ['grin', 'heart'], 'People & Body': ['wave', 'wave-medium'] };

test('one icon per identity, sorted by identity; no skin tones, no hidden icons', () => {
  const set = iconSet('a', ['wave-medium', 'wave', 'heart', 'grin', 'old'], {
    codes: { ...codes, '1f60f': 'old', '2764': 'heart-again' },
    categories: { ...categories, Objects: ['old', 'heart-again'] },
  });
  set.icons.old.hidden = true;
  set.icons['heart-again'] = { body: '' };
  expect(short([set])).toEqual([
    'a wave 1f44b People & Body',
    'a grin 1f600 Smileys & Emotion',
    'a heart 2764 Smileys & Emotion',
  ]);
});

test('the category is that of most sets; an identity without one is left out', () => {
  const vote = (set: string, group: string, extra: Record<string, string[]> = {}) =>
    iconSet(set, ['grin', 'logo'], {
      codes: { '1f600': 'grin', e000: 'logo' },
      categories: { [group]: ['grin'], ...extra },
    });
  const sets = [
    vote('a', 'Objects', { 'Extras Brands': ['logo'] }),
    vote('b', 'Animals Nature'),
    vote('c', 'Animals & Nature'),
    // A set with a category of its own takes the others' word.
    vote('d', 'Extras Unicode'),
  ];
  expect(short(sets)).toEqual(['a', 'b', 'c', 'd'].map((set) => `${set} grin 1f600 Animals & Nature`));
});

test('sets without codes join by name; dashes may be missing in fxemoji alone', () => {
  const coded = iconSet('coded', ['grin-face', 'wave'], {
    codes: { '1f600': 'grin-face', '1f44b': 'wave', '1f44b-1f3fd': 'wave-medium' },
    categories: { Symbols: ['grin-face', 'wave'] },
  });
  const names = ['grinface', 'wave', 'wave-medium', 'unknown', 'grin-face'];
  expect(short([coded, iconSet('other', names), iconSet('fxemoji', names)])).toEqual([
    'coded wave 1f44b Symbols',
    'coded grin-face 1f600 Symbols',
    'other wave 1f44b Symbols',
    'other grin-face 1f600 Symbols',
    'fxemoji wave 1f44b Symbols',
    'fxemoji grinface 1f600 Symbols',
  ]);
});

test('the document has the box of the icon, else of its set', () => {
  const set = iconSet('a', ['grin', 'wave'], { codes, categories, width: 36, height: 30 });
  set.icons.wave = { body: '<g/>', width: 10, height: 12, left: -1, top: 2 };
  const [wave, grin] = defineEmoji([set]);
  expect(wave.svg).toContain('width="64" height="64" viewBox="-1 2 10 12"><g/></svg>');
  expect(grin.svg).toContain('viewBox="0 0 36 30"><!--grin--></svg>');
});
