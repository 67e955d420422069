import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { MissingPackageError, PackageVersionError } from '../errors.ts';

/** One of the eight sets of drawings. */
export interface EmojiPackage {
  /** Name of the set: that of its package, without `@iconify-json/`. */
  set: string;
  /** Who drew it. */
  vendor: string;
  /** The version that the image set is defined by. */
  version: string;
  /** Whether the package says which Unicode code points each icon is for. */
  hasCodes: boolean;
  /** SPDX identifier of the drawings' licence. */
  licence: string;
  licenceUrl: string;
  /** Where the drawings come from. */
  source: string;
}

const APACHE = { licence: 'Apache-2.0', licenceUrl: 'https://www.apache.org/licenses/LICENSE-2.0' };
const BY = { licence: 'CC-BY-4.0', licenceUrl: 'https://creativecommons.org/licenses/by/4.0/' };
const BY_SA = { licence: 'CC-BY-SA-4.0', licenceUrl: 'https://creativecommons.org/licenses/by-sa/4.0/' };
const MIT = { licence: 'MIT', licenceUrl: 'https://github.com/microsoft/fluentui-emoji/blob/main/LICENSE' };

/** The sets, in the order of the images. */
export const emojiPackages: readonly EmojiPackage[] = [
  {
    set: 'twemoji',
    vendor: 'Twitter',
    version: '1.2.5',
    hasCodes: true,
    ...BY,
    source: 'https://github.com/jdecked/twemoji',
  },
  {
    set: 'noto',
    vendor: 'Google',
    version: '1.2.9',
    hasCodes: true,
    ...APACHE,
    source: 'https://github.com/googlefonts/noto-emoji',
  },
  {
    set: 'noto-v1',
    vendor: 'Google',
    version: '1.2.5',
    hasCodes: false,
    ...APACHE,
    source: 'https://github.com/googlefonts/noto-emoji',
  },
  {
    set: 'openmoji',
    vendor: 'OpenMoji',
    version: '1.2.29',
    hasCodes: true,
    ...BY_SA,
    source: 'https://github.com/hfg-gmuend/openmoji',
  },
  {
    set: 'fluent-emoji-flat',
    vendor: 'Microsoft',
    version: '1.2.6',
    hasCodes: true,
    ...MIT,
    source: 'https://github.com/microsoft/fluentui-emoji',
  },
  {
    set: 'emojione',
    vendor: 'EmojiOne',
    version: '1.2.3',
    hasCodes: false,
    ...BY,
    source: 'https://github.com/EmojiTwo/emojitwo',
  },
  {
    set: 'emojione-v1',
    vendor: 'EmojiOne',
    version: '1.2.3',
    hasCodes: false,
    ...BY_SA,
    source: 'https://github.com/joypixels/emojione-legacy',
  },
  {
    set: 'fxemoji',
    vendor: 'Mozilla',
    version: '1.2.2',
    hasCodes: false,
    ...APACHE,
    source: 'https://github.com/mozilla/fxemoji',
  },
];

/** An installed package. */
export interface InstalledEmoji extends EmojiPackage {
  folder: string;
  installed: string;
}

/** Finds a file of a package, from the folder the program runs in and from this package. */
function resolvePackage(specifier: string): string | undefined {
  for (const from of [join(process.cwd(), 'package.json'), import.meta.url]) {
    try {
      return createRequire(from).resolve(specifier);
    } catch {}
  }
  return undefined;
}

/**
 * Finds the eight packages.
 *
 * @param versions `any` accepts other versions than the set is defined by
 * @throws MissingPackageError, PackageVersionError
 */
export function findEmojiPackages(
  versions: 'exact' | 'any',
  resolve: (specifier: string) => string | undefined = resolvePackage,
): InstalledEmoji[] {
  const found = emojiPackages.map((entry) => ({
    ...entry,
    manifest: resolve(`@iconify-json/${entry.set}/package.json`),
  }));
  const install = (entries: readonly EmojiPackage[]) =>
    `npm install --save-dev --save-exact ${entries.map(({ set, version }) => `@iconify-json/${set}@${version}`).join(' ')}`;
  const missing = found.filter(({ manifest }) => manifest === undefined);
  if (missing.length > 0) {
    throw new MissingPackageError(
      missing.map(({ set }) => `@iconify-json/${set}`),
      install(missing),
    );
  }
  const installed = found.map(({ manifest, ...entry }) => ({
    ...entry,
    folder: dirname(manifest as string),
    installed: String(JSON.parse(readFileSync(manifest as string, 'utf8')).version),
  }));
  const others = installed.filter((entry) => entry.installed !== entry.version);
  if (versions === 'exact' && others.length > 0) {
    throw new PackageVersionError(
      others.map((entry) => ({
        package: `@iconify-json/${entry.set}`,
        version: entry.installed,
        expected: entry.version,
      })),
      install(others),
    );
  }
  return installed;
}
