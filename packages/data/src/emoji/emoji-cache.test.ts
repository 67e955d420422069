import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/sample-images.ts';
import { cacheFile, defaultCacheFolder, readCache, writeCache } from './emoji-cache.ts';
import type { EmojiImages } from './emoji-images.ts';

const set: EmojiImages = {
  entries: [{ set: 'noto', vendor: 'Google', name: 'zażółć', identity: '1f600', category: 3 }],
  candidates: { noto: 3 },
  blank: 1,
  duplicates: 1,
  pixels: Uint8Array.from({ length: 300 }, (_, i) => (i * 31) & 255),
};
const key = { packages: { noto: '1.2.9' }, renderer: { sharp: '0.35.5', vips: '8.18.7' }, size: 32 };

test('what is written is read again, into shared memory', async () => {
  const file = join(await temporaryFolder(), 'deep', 'set.gz');
  expect(await readCache(file)).toBeUndefined();
  await writeCache(file, set);
  const read = await readCache(file);
  expect(read).toEqual(set);
  expect(read?.pixels.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(await readdir(join(file, '..'))).toEqual(['set.gz']);
});

test('a damaged file is as none', async () => {
  const file = join(await temporaryFolder(), 'set.gz');
  await writeCache(file, set);
  const whole = await readFile(file);
  await writeFile(file, whole.subarray(0, whole.length - 20));
  expect(await readCache(file)).toBeUndefined();
  await writeCache(file, set);
  await writeFile(file, 'something else');
  expect(await readCache(file)).toBeUndefined();
});

test('every part of the key changes the file', () => {
  const files = [
    key,
    { ...key, packages: { noto: '1.3.0' } },
    { ...key, renderer: { ...key.renderer, sharp: '0.35.6' } },
    { ...key, renderer: { ...key.renderer, vips: '8.19.0' } },
    { ...key, size: 64 },
  ].map((each) => cacheFile('folder', each));
  expect(new Set(files).size).toBe(5);
  expect(cacheFile('folder', structuredClone(key))).toBe(files[0]);
});

test('the cache is in the node_modules of the project', async () => {
  const project = await temporaryFolder();
  await mkdir(join(project, 'node_modules'));
  await mkdir(join(project, 'src', 'deep'), { recursive: true });
  expect(defaultCacheFolder(join(project, 'src', 'deep'))).toBe(
    join(project, 'node_modules', '.cache', 'excb'),
  );
});
