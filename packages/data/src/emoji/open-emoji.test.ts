import { createHash } from 'node:crypto';
import { OptionError } from '@excb/augment';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/sample-images.ts';
import type { ImageSource } from '../image-source.ts';
import type { RgbImage } from '../index.ts';
import { DEFINED_SIZE, defineEmoji, type EmojiCandidate, emojiCategories } from './emoji-definition.ts';
import { findEmojiPackages } from './emoji-packages.ts';
import { readIconSet } from './icon-set.ts';
import { type EmojiSet, openEmoji } from './open-emoji.ts';
import { renderIcons } from './render-icons.ts';

let emoji: EmojiSet;
beforeAll(async () => {
  emoji = await openEmoji();
}, 300_000);

const range = (length: number) => Array.from({ length }, (_, i) => i);

function image(source: ImageSource, index: number): RgbImage {
  const reference = source.reference(index);
  if (reference.kind !== 'pixels') throw new Error(`expected pixels, got ${reference.kind}`);
  return reference.image;
}

describe('the set as it is defined', () => {
  test('11,343 images, from so many icons of each package', () => {
    expect(emoji.counts).toEqual({
      candidates: {
        twemoji: 1943,
        noto: 1689,
        'noto-v1': 1260,
        openmoji: 1950,
        'fluent-emoji-flat': 1594,
        emojione: 1391,
        'emojione-v1': 1168,
        fxemoji: 497,
      },
      blank: 12,
      duplicates: 137,
    });
    expect(emoji.images.length).toBe(11343);
  });

  test('names, identities and categories of all images have not changed', () => {
    const lines = range(emoji.images.length).map((index) => {
      const { name, label } = emoji.images.describe(index);
      return `${name} ${emoji.identityNames[emoji.identities[index]]} ${label}\n`;
    });
    expect(createHash('sha256').update(lines.join('')).digest('hex')).toBe(
      '6d101f52f5b134237c7009b477fda838535565b992cee8d8d12fd79c392f1948',
    );
  });

  test('split by vendor: 9751 images to train on, 1592 to ask for', () => {
    const { train, query } = emoji.split();
    expect([train.length, query.length]).toEqual([9751, 1592]);
    expect(new Set(range(query.length).map((i) => query.describe(i).name.split('/')[0]))).toEqual(
      new Set(['fluent-emoji-flat']),
    );
    // Every subject of the query is in the bank; the largest category is 21.5% of it.
    const bank = new Set(train.identities);
    expect(query.identities.every((identity) => bank.has(identity))).toBe(true);
    const counts = new Array(9).fill(0);
    for (const i of range(query.length)) counts[query.describe(i).label as number]++;
    expect((Math.max(...counts) / query.length).toFixed(3)).toBe('0.215');
  });
});

describe('what the cache may have kept is what would be drawn now', () => {
  let candidates: EmojiCandidate[];
  const nameOf = ({ set, name }: { set: string; name: string }) => `${set}/${name}`;
  beforeAll(() => {
    candidates = defineEmoji(findEmojiPackages('exact').map(readIconSet));
  });

  test('in the same order, with the same categories', () => {
    const kept = new Set(range(emoji.images.length).map((index) => emoji.images.describe(index).name));
    expect(candidates.length).toBe(11343 + 12 + 137);
    const expected = candidates.filter((candidate) => kept.has(nameOf(candidate)));
    expect(range(emoji.images.length).map((index) => emoji.images.describe(index))).toEqual(
      expected.map((candidate) => ({ name: nameOf(candidate), label: candidate.category })),
    );
    expect(Array.from(emoji.identities, (identity) => emoji.identityNames[identity])).toEqual(
      expected.map(({ identity }) => identity),
    );
    expect(emoji.sets).toEqual(expected.map(({ set }) => set));
    expect(emoji.vendors).toEqual(expected.map(({ vendor }) => vendor));
  });

  test('with the same pixels, seen on one image in a hundred', async () => {
    const byName = new Map(candidates.map((candidate) => [nameOf(candidate), candidate.svg]));
    const some = range(114).map((i) => i * 99);
    const svgs = some.map((index) => byName.get(emoji.images.describe(index).name) as string);
    const { pixels } = await renderIcons({ svgs, size: DEFINED_SIZE, target: 32 });
    some.forEach((index, i) => {
      const { width, height, data } = image(emoji.images, index);
      expect([width, height]).toEqual([32, 32]);
      expect(Buffer.compare(data, pixels.subarray(i * 3072, (i + 1) * 3072)), `image ${index}`).toBe(0);
    });
  });
});

test('sources: labels, classes, shared memory', () => {
  const { images, split: _, ...rest } = emoji;
  expect(images.classes).toEqual(emojiCategories);
  expect(image(images, 0).data.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(image(images, 0).data.buffer).toBe(image(images, 11342).data.buffer);
  expect(() => images.reference(11343)).toThrow(OptionError);
  expect(images.identities).toBe(rest.identities);
  expect(rest.identityNames).toEqual([...new Set(rest.identityNames)].sort());
  expect(rest.licences.map(({ set, licence }) => `${set} ${licence}`)).toEqual([
    'twemoji CC-BY-4.0',
    'noto Apache-2.0',
    'noto-v1 Apache-2.0',
    'openmoji CC-BY-SA-4.0',
    'fluent-emoji-flat MIT',
    'emojione CC-BY-4.0',
    'emojione-v1 CC-BY-SA-4.0',
    'fxemoji Apache-2.0',
  ]);
});

test('a split keeps all sets of the asked vendor out of the training images', () => {
  for (const [asked, sets, vendor] of [
    ['noto', ['noto'], 'Google'],
    ['Google', ['noto', 'noto-v1'], 'Google'],
    ['emojione-v1', ['emojione-v1'], 'EmojiOne'],
  ] as const) {
    const { train, query } = emoji.split(asked);
    expect(query.length).toBe(emoji.sets.filter((set) => (sets as readonly string[]).includes(set)).length);
    expect(train.length).toBe(emoji.vendors.filter((name) => name !== vendor).length);
    const trained = new Set(range(train.length).map((i) => train.describe(i).name.split('/')[0]));
    for (const set of emoji.sets.filter((_, i) => emoji.vendors[i] === vendor))
      expect(trained).not.toContain(set);
    const first = emoji.images.length - 1 - [...emoji.sets].reverse().indexOf(sets[sets.length - 1]);
    expect(query.identities[query.length - 1]).toBe(emoji.identities[first]);
    expect(query.describe(query.length - 1)).toEqual(emoji.images.describe(first));
  }
  expect(() => emoji.split('apple')).toThrow(
    /no set or vendor 'apple', expected one of twemoji \(Twitter\), /,
  );
});

test('bad sizes are errors', async () => {
  await expect(openEmoji({ size: 48 as 32, cache: await temporaryFolder() })).rejects.toThrow(
    /size is 48, expected 64, 32, 16 or 8/,
  );
});
