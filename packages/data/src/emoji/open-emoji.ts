import { OptionError } from '@excb/augment';
import sharp from 'sharp';
import type { ImageSource } from '../image-source.ts';
import { checkIndex, subset } from '../subset.ts';
import { cacheFile, defaultCacheFolder, readCache, writeCache } from './emoji-cache.ts';
import { DEFINED_SIZE, emojiCategories } from './emoji-definition.ts';
import { drawEmoji, type EmojiEntry, type EmojiImages } from './emoji-images.ts';
import { type EmojiPackage, emojiPackages, findEmojiPackages } from './emoji-packages.ts';

/** The version of sharp that the set is defined by; another one may draw slightly differently. */
const SHARP = '0.35.5';

/** How `openEmoji` makes the set. */
export interface EmojiOptions {
  /** Side of the images in pixels: 64, as they are drawn, or averaged down to 32 (default), 16 or 8. */
  size?: 64 | 32 | 16 | 8;
  /** Folder to keep the drawn images in; false: none. Default: the project's `node_modules/.cache/excb`. */
  cache?: string | false;
  /** `any` takes other versions of the packages than the set is defined by; the images differ then. */
  versions?: 'exact' | 'any';
  /** Threads that draw; default one less than the machine runs at once. */
  workers?: number;
  /** Told of icons drawn so far, where the cache does not have them. */
  onProgress?: (done: number, total: number) => void;
}

/** A source with the identity of every image. */
export interface IdentifiedSource extends ImageSource {
  /** What each image is a picture of, as an index into the set's `identityNames`. */
  readonly identities: Int32Array;
}

/** Emoji of several vendors: the same subjects in many styles. */
export interface EmojiSet {
  /** All images; labels are categories. */
  readonly images: IdentifiedSource;
  /** As of `images`. */
  readonly identities: Int32Array;
  /** Code points of each identity, e.g. `1f469-200d-1f680`. */
  readonly identityNames: readonly string[];
  /** Package of each image, without `@iconify-json/`. */
  readonly sets: readonly string[];
  /** Who drew each image. Some drew two sets. */
  readonly vendors: readonly string[];
  /** Licence of each set: name them where the images are shown. */
  readonly licences: readonly EmojiPackage[];
  /** How the images came about: icons a set, and how many of all were dropped. */
  readonly counts: Pick<EmojiImages, 'candidates' | 'blank' | 'duplicates'>;
  /**
   * Splits by vendor: `query` are the images of one set (or of one vendor: `Google` has two sets), `train` those of
   * all *other vendors*, so that no style is on both sides.
   *
   * @throws OptionError on a name that is neither
   */
  split(query?: string): { train: IdentifiedSource; query: IdentifiedSource };
}

/**
 * The emoji set: 11,343 images of 1,952 subjects in nine categories, from eight packages that are installed beside
 * this one. Drawing them takes some seconds; later calls read them from the cache.
 *
 * @throws MissingPackageError and PackageVersionError, both with the command that helps; OptionError
 */
export async function openEmoji(options: EmojiOptions = {}): Promise<EmojiSet> {
  const { size = 32, cache = defaultCacheFolder(), versions = 'exact' } = options;
  if (![64, 32, 16, 8].includes(size)) {
    throw new OptionError('size', `size is ${size}, expected ${DEFINED_SIZE}, 32, 16 or 8 pixels`);
  }
  const packages = findEmojiPackages(versions);
  if (sharp.versions.sharp !== SHARP) {
    process.emitWarning(
      `the emoji set is defined by sharp ${SHARP}, but ${sharp.versions.sharp} is installed: its images, and which of ` +
        'them are equal, may differ',
    );
  }
  const key = {
    packages: Object.fromEntries(packages.map(({ set, installed }) => [set, installed])),
    renderer: { ...sharp.versions } as Record<string, string>,
    size,
  };
  const file = cache === false ? undefined : cacheFile(cache, key);
  let drawn = file && (await readCache(file));
  if (!drawn) {
    drawn = await drawEmoji(packages, size, options);
    if (file) {
      await writeCache(file, drawn).catch((error: Error) => {
        process.emitWarning(
          `the drawn emoji could not be kept in ${file} (${error.message}): pass another cache`,
        );
      });
    }
  }
  return emojiSet(drawn, size);
}

function emojiSet({ entries, pixels, ...counts }: EmojiImages, size: number): EmojiSet {
  const identityNames = [...new Set(entries.map(({ identity }) => identity))].sort();
  const numbers = new Map(identityNames.map((name, index) => [name, index]));
  const identities = Int32Array.from(entries, ({ identity }) => numbers.get(identity) as number);
  const images = Object.assign(emojiSource(entries, pixels, size), { identities });
  return {
    images,
    identities,
    identityNames,
    sets: entries.map(({ set }) => set),
    vendors: entries.map(({ vendor }) => vendor),
    licences: emojiPackages,
    counts,
    split(query = 'fluent-emoji-flat') {
      const asked = entries.filter(({ set, vendor }) => set === query || vendor === query);
      if (asked.length === 0) {
        const names = emojiPackages.map(({ set, vendor }) => `${set} (${vendor})`).join(', ');
        throw new OptionError(
          'query',
          `the emoji set has no set or vendor '${query}', expected one of ${names}`,
        );
      }
      const pick = (chosen: (entry: EmojiEntry) => boolean): IdentifiedSource => {
        const indices = entries.flatMap((entry, index) => (chosen(entry) ? [index] : []));
        const own = Int32Array.from(indices, (index) => identities[index]);
        return Object.assign(subset(images, indices), { identities: own });
      };
      return {
        train: pick(({ vendor }) => vendor !== asked[0].vendor),
        query: pick(({ set, vendor }) => set === query || vendor === query),
      };
    },
  };
}

function emojiSource(entries: readonly EmojiEntry[], pixels: Uint8Array, size: number): ImageSource {
  const bytes = size * size * 3;
  const source: ImageSource = {
    name: `emoji ${size} × ${size}`,
    length: entries.length,
    classes: emojiCategories,
    describe(index) {
      checkIndex(source, index);
      const { set, name, category } = entries[index];
      return { name: `${set}/${name}`, label: category };
    },
    reference(index) {
      checkIndex(source, index);
      const data = pixels.subarray(index * bytes, (index + 1) * bytes);
      return { kind: 'pixels', image: { width: size, height: size, data } };
    },
  };
  return source;
}
