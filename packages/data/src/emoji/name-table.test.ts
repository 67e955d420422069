import { expect, test } from 'vitest';
import { iconSet } from '../../test/icon-sets.ts';
import { nameTable } from './name-table.ts';

test('names of the sets with codes come first, the earlier set before the later', () => {
  const identify = nameTable([
    iconSet('a', ['up', 'heart'], {
      codes: { '1f53c': 'up', '2764-fe0f': 'heart' },
      aliases: { star: { parent: 'heart' } },
    }),
    iconSet('b', ['up', 'star'], {
      codes: { '1f199': 'up', '2b50': 'star' },
      aliases: { heart: { parent: 'star' } },
    }),
  ]);
  expect(identify('up')).toBe('1f53c');
  expect(identify('heart')).toBe('2764');
  expect(identify('star')).toBe('2b50');
  expect(identify('moon')).toBeUndefined();
});

test('aliases of all sets join names, in both directions and over several steps', () => {
  const identify = nameTable([
    iconSet('named', ['bear-face'], {
      aliases: { teddy: { parent: 'bear-face' }, 'bear-face': { parent: 'bear' } },
    }),
    iconSet('coded', ['bear'], { codes: { '1f43b': 'bear' }, aliases: { bruin: { parent: 'bear' } } }),
    iconSet('other', ['x'], { aliases: { bruin: { parent: 'ours' }, lost: { parent: 'nowhere' } } }),
  ]);
  for (const name of ['bear', 'bear-face', 'teddy', 'bruin', 'ours'])
    expect(identify(name), name).toBe('1f43b');
  expect(identify('lost')).toBeUndefined();
});

test('flags, digits and dashes', () => {
  const codes = {
    '1f1eb-1f1f7': 'flag-france',
    '1f3f3-fe0f': 'white-flag',
    '0031-fe0f-20e3': 'keycap-1',
    '1f477': 'construction-worker',
  };
  const identify = nameTable([iconSet('a', Object.values(codes), { codes })]);
  expect(identify('flag-for-france')).toBe('1f1eb-1f1f7');
  expect(identify('flag-for-flag-france')).toBe('1f1eb-1f1f7');
  expect(identify('flag-for-white-flag')).toBe('1f3f3');
  expect(identify('digit-one')).toBe('0031-20e3');
  expect(identify('digit-two')).toBeUndefined();
  expect(identify('constructionworker')).toBeUndefined();
  expect(identify('constructionworker', { ignoreDashes: true })).toBe('1f477');
});
