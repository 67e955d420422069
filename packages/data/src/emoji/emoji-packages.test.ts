import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder, writeFiles } from '../../test/sample-images.ts';
import { MissingPackageError, PackageVersionError } from '../errors.ts';
import { emojiPackages, findEmojiPackages } from './emoji-packages.ts';

/** Resolves into a folder with a manifest of each given version. */
async function installed(versions: Record<string, string>) {
  const folder = await temporaryFolder();
  await writeFiles(
    folder,
    Object.fromEntries(
      Object.entries(versions).map(([set, version]) => [
        `@iconify-json/${set}/package.json`,
        JSON.stringify({ version }),
      ]),
    ),
  );
  const present = new Set(Object.keys(versions).map((set) => `@iconify-json/${set}/package.json`));
  return (specifier: string) => (present.has(specifier) ? join(folder, specifier) : undefined);
}

const pinned = Object.fromEntries(emojiPackages.map(({ set, version }) => [set, version]));

test('the pinned versions are found', async () => {
  const found = findEmojiPackages('exact', await installed(pinned));
  expect(found.map(({ set, installed }) => [set, installed])).toEqual(Object.entries(pinned));
});

test('missing packages are named, with the command that installs them', async () => {
  const { noto: _, fxemoji: __, ...rest } = pinned;
  const resolve = await installed(rest);
  expect(() => findEmojiPackages('any', resolve)).toThrow(MissingPackageError);
  expect(() => findEmojiPackages('exact', resolve)).toThrow(
    '@iconify-json/noto, @iconify-json/fxemoji are not installed, expected the packages with the emoji drawings: ' +
      'npm install --save-dev --save-exact @iconify-json/noto@1.2.9 @iconify-json/fxemoji@1.2.2',
  );
  expect(() => findEmojiPackages('exact', () => undefined)).toThrow(
    /twemoji@1\.2\.5 .* @iconify-json\/fxemoji@1\.2\.2$/,
  );
});

test('other versions are an error, unless any will do', async () => {
  const resolve = await installed({ ...pinned, openmoji: '1.3.0' });
  expect(() => findEmojiPackages('exact', resolve)).toThrow(PackageVersionError);
  expect(() => findEmojiPackages('exact', resolve)).toThrow(
    /@iconify-json\/openmoji is 1\.3\.0, expected 1\.2\.29: .*npm install .*@iconify-json\/openmoji@1\.2\.29 .*versions: 'any'/,
  );
  expect(findEmojiPackages('any', resolve).find(({ set }) => set === 'openmoji')?.installed).toBe('1.3.0');
});

test('the peer dependencies are the versions that define the set', async () => {
  const { default: manifest } = await import('../../package.json');
  expect(manifest.peerDependencies).toEqual(
    Object.fromEntries(Object.entries(pinned).map(([set, version]) => [`@iconify-json/${set}`, version])),
  );
});
