import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder, writeFiles } from '../test/sample-images.ts';
import { EmptyFolderError, FolderLayoutError, MissingFolderError, NotAFolderError } from './errors.ts';
import type { ImageSource } from './image-source.ts';
import { openFolder } from './open-folder.ts';

const names = (source: ImageSource) =>
  Array.from({ length: source.length }, (_, index) => source.describe(index).name);
const labels = (source: ImageSource) =>
  Array.from({ length: source.length }, (_, index) => source.describe(index).label);

async function folder(...paths: string[]): Promise<string> {
  return writeFiles(await temporaryFolder(), Object.fromEntries(paths.map((path) => [path, 'x'])));
}

describe('a flat folder', () => {
  test('lists known endings in any case, in code unit order, without hidden files', async () => {
    const path = await folder(
      ...['b.jpg', 'a.PNG', 'B.jpeg', 'ä.webp', 'z.gif', '10.tif', '9.TIFF', 'c.avif', 'd.svg'],
      ...['.hidden.png', '.git/e.png', 'notes.txt', 'jpg', 'f.jpg.bak'],
    );
    const source = await openFolder(path);
    expect(names(source)).toEqual([
      '10.tif',
      '9.TIFF',
      'B.jpeg',
      'a.PNG',
      'b.jpg',
      'c.avif',
      'd.svg',
      'z.gif',
      'ä.webp',
    ]);
    expect(source).toMatchObject({ layout: 'flat', path, length: 9 });
    expect(source.classes).toBeUndefined();
    expect(source.describe(0)).toEqual({ name: '10.tif' });
    expect(source.reference(3)).toEqual({ kind: 'file', path: join(path, 'a.PNG') });
    expect(() => source.reference(9)).toThrow(/index 9 .* expected 0 to 8/);
  });

  test('images beside folders of images make it flat, with those of the folders', async () => {
    const source = await openFolder(await folder('b/1.png', 'a.png', 'b/deep/0.png'));
    expect(source.layout).toBe('flat');
    expect(names(source)).toEqual(['a.png', 'b/1.png', 'b/deep/0.png']);
    expect(labels(source)).toEqual([undefined, undefined, undefined]);
  });
});

describe('a folder per class', () => {
  test('labels are the topmost folders, sorted; folders without images are no classes', async () => {
    const path = await folder(
      'dog/2.png',
      'dog/1.png',
      'Cat/x/y/3.png',
      'cat-b/0.png',
      'cat/0.png',
      'doc/a.txt',
    );
    await mkdir(join(path, 'empty'));
    const source = await openFolder(path);
    expect(source.layout).toBe('classes');
    expect(source.classes).toEqual(['Cat', 'cat', 'cat-b', 'dog']);
    expect(names(source)).toEqual(['Cat/x/y/3.png', 'cat/0.png', 'cat-b/0.png', 'dog/1.png', 'dog/2.png']);
    expect(labels(source)).toEqual([0, 1, 2, 3, 3]);
  });

  test('given classes fix the labels', async () => {
    const path = await folder('c/1.png', 'a/1.png');
    const source = await openFolder(path, { classes: ['a', 'b', 'c'] });
    expect(source.classes).toEqual(['a', 'b', 'c']);
    expect(labels(source)).toEqual([0, 2]);
    await expect(openFolder(path, { classes: ['a', 'b'] })).rejects.toThrow(FolderLayoutError);
    await expect(openFolder(path, { classes: ['a', 'b'] })).rejects.toThrow(/'c', expected one of the 2/);
  });

  test('images outside the class folders are an error where classes are asked for', async () => {
    const path = await folder('a/1.png', 'stray.png');
    await expect(openFolder(path, { layout: 'classes' })).rejects.toThrow(FolderLayoutError);
    await expect(openFolder(path, { classes: ['a'] })).rejects.toThrow(/stray\.png/);
  });

  test('layout flat gives no labels', async () => {
    const source = await openFolder(await folder('a/1.png', 'b/1.png'), { layout: 'flat' });
    expect(source.classes).toBeUndefined();
    expect(labels(source)).toEqual([undefined, undefined]);
  });
});

test('links to files and folders are followed, circles are not, dead links to images are kept', async () => {
  const path = await folder('images/a/1.png', 'elsewhere/2.png');
  await symlink(join(path, 'elsewhere'), join(path, 'images', 'b'));
  await symlink(join(path, 'images', 'a', '1.png'), join(path, 'images', 'a', '0.png'));
  await symlink(join(path, 'images'), join(path, 'images', 'a', 'circle'));
  await symlink(join(path, 'nowhere.png'), join(path, 'images', 'a', 'dead.png'));
  await symlink(join(path, 'nowhere'), join(path, 'images', 'a', 'dead'));
  const source = await openFolder(join(path, 'images'));
  expect(names(source)).toEqual(['a/0.png', 'a/1.png', 'a/dead.png', 'b/2.png']);
});

test('what is no folder of images is a clear error', async () => {
  const path = await folder('notes.txt', 'sub/more.txt', '.hidden.png');
  await expect(openFolder(path)).rejects.toThrow(EmptyFolderError);
  await expect(openFolder(path)).rejects.toThrow(
    `${path} holds no images (2 other files), expected files ending in .jpg`,
  );
  await expect(openFolder(join(path, 'missing'))).rejects.toThrow(MissingFolderError);
  await expect(openFolder(join(path, 'notes.txt'))).rejects.toThrow(NotAFolderError);
  await expect(openFolder(join(path, 'notes.txt', 'x'))).rejects.toThrow(NotAFolderError);
  // @ts-expect-error: a spelling that does not exist
  await expect(openFolder(path, { layout: 'class' })).rejects.toThrow(/expected 'auto', 'flat' or 'classes'/);
});
