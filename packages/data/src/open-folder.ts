import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { OptionError } from '@excb/augment';
import { EmptyFolderError, FolderLayoutError, MissingFolderError, NotAFolderError } from './errors.ts';
import type { ImageSource } from './image-source.ts';
import { checkIndex } from './subset.ts';

/** Endings of image files, in any case. */
export const imageExtensions = [
  '.jpg',
  '.jpeg',
  '.png',
  '.webp',
  '.gif',
  '.tif',
  '.tiff',
  '.avif',
  '.svg',
] as const;

/** How `openFolder` reads a folder. */
export interface FolderOptions {
  /**
   * `classes`: every subfolder is a class, and an image belongs to the topmost folder it is in, however deep.
   * `flat`: all images of the folder and its subfolders, without labels. `auto` (default): `classes` where all
   * images are in subfolders, else `flat`.
   */
  layout?: 'auto' | 'flat' | 'classes';
  /**
   * The class names that labels point into. Pass the training folder's `classes` for a validation folder, so that
   * both use the same numbers where one lacks a class. Default: the subfolders that hold images, sorted.
   */
  classes?: readonly string[];
}

/** The images of a folder. */
export interface FolderSource extends ImageSource {
  /** Absolute path of the folder. */
  readonly path: string;
  /** How the folder was read. */
  readonly layout: 'flat' | 'classes';
}

/**
 * The images of a folder: flat, or one folder per class (labels and `classes` come from the folder names). Images
 * are the files with a known ending; hidden files and folders are left out; links are followed. The order is that
 * of the names' code units, whatever the locale. Files are not opened: one that is broken shows when it is read.
 *
 * @throws MissingFolderError, NotAFolderError, EmptyFolderError; FolderLayoutError under `layout: 'classes'` when
 * images lie outside every class folder, and when a folder is not in the given `classes`; OptionError
 */
export async function openFolder(path: string, options: FolderOptions = {}): Promise<FolderSource> {
  const { layout: asked = 'auto' } = options;
  if (!['auto', 'flat', 'classes'].includes(asked)) {
    throw new OptionError('layout', `layout is '${asked}', expected 'auto', 'flat' or 'classes'`);
  }
  if (asked === 'flat' && options.classes) {
    throw new OptionError('classes', "classes was given with layout: 'flat', which has none: leave one out");
  }
  const root = resolve(path);
  const { files, others } = await listImages(root);
  if (files.length === 0) throw new EmptyFolderError(root, others, imageExtensions);

  const outside = files.filter((file) => !file.includes('/'));
  const labelled = asked === 'classes' || (asked === 'auto' && (outside.length === 0 || !!options.classes));
  if (labelled && outside.length > 0) {
    throw new FolderLayoutError(
      `${root} holds ${outside.length} images outside its class folders (${outside.slice(0, 3).join(', ')}), expected ` +
        "all of them in one folder per class: move them, or pass layout: 'flat'",
    );
  }
  const { classes, labels } = labelled ? labelByFolder(root, files, options.classes) : {};
  const source: FolderSource = {
    name: root,
    path: root,
    layout: labelled ? 'classes' : 'flat',
    length: files.length,
    classes,
    describe(index) {
      checkIndex(source, index);
      return { name: files[index], ...(labels && { label: labels[index] }) };
    },
    reference(index) {
      checkIndex(source, index);
      return { kind: 'file', path: join(root, files[index]) };
    },
  };
  return source;
}

function labelByFolder(root: string, files: readonly string[], given: readonly string[] | undefined) {
  const folders = files.map((file) => file.slice(0, file.indexOf('/')));
  const classes = given ?? [...new Set(folders)].sort(byCodeUnits);
  const numbers = new Map(classes.map((name, label) => [name, label]));
  const labels = Int32Array.from(folders, (folder) => {
    const label = numbers.get(folder);
    if (label !== undefined) return label;
    throw new FolderLayoutError(
      `${root} has a folder '${folder}', expected one of the ${classes.length} given classes ` +
        `(${classes.slice(0, 5).join(', ')}${classes.length > 5 ? ', …' : ''}): rename it, or leave classes out`,
    );
  });
  return { classes, labels };
}

/** Paths of the images below `root`, relative to it with `/`, sorted; and how many other files there are. */
async function listImages(root: string): Promise<{ files: string[]; others: number }> {
  const files: string[] = [];
  let others = 0;
  const isImage = (name: string) =>
    (imageExtensions as readonly string[]).includes(extname(name).toLowerCase());

  async function walk(folder: string, prefix: string, above: ReadonlySet<string>): Promise<void> {
    const real = await realpath(folder);
    // A link to a folder that it lies in would never end.
    if (above.has(real)) return;
    const path = new Set(above).add(real);
    const entries = await readdir(folder, { withFileTypes: true });
    entries.sort((a, b) => byCodeUnits(a.name, b.name));
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      const relative = prefix + entry.name;
      const full = join(folder, entry.name);
      const plain = entry.isDirectory() || entry.isFile();
      // A dead link with an image's name is listed: it is an image that cannot be read.
      const kind = plain ? entry : await stat(full).catch(() => undefined);
      if (kind?.isDirectory()) await walk(full, `${relative}/`, path);
      else if (isImage(entry.name)) files.push(relative);
      else others++;
    }
  }

  const info = await stat(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new MissingFolderError(root);
    if (error.code === 'ENOTDIR') throw new NotAFolderError(root);
    throw error;
  });
  if (!info.isDirectory()) throw new NotAFolderError(root);
  await walk(root, '', new Set());
  return { files, others };
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
