import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InstalledEmoji } from './emoji-packages.ts';

/** A drawing in an Iconify JSON package; what it leaves out comes from its set. */
export interface Icon {
  body: string;
  width?: number;
  height?: number;
  left?: number;
  top?: number;
  /** Kept for old users only. */
  hidden?: boolean;
}

/** The files of an Iconify JSON package that the image set is made of. */
export interface IconSet extends Pick<InstalledEmoji, 'set' | 'vendor' | 'hasCodes'> {
  icons: Record<string, Icon>;
  /** Other names of icons. */
  aliases: Record<string, { parent: string }>;
  /** Side of the icons in their own units, unless an icon says otherwise. */
  width: number;
  height: number;
  /** Icon name by code points, lower-case hexadecimal joined by `-`; empty where the package has none. */
  codes: Record<string, string>;
  /** Icon names by category. */
  categories: Record<string, string[]>;
}

/** Reads a package. */
export function readIconSet({ set, vendor, hasCodes, folder }: InstalledEmoji): IconSet {
  const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const { icons, aliases = {}, width = 16, height = 16 } = read('icons.json');
  const { categories = {} } = read('metadata.json');
  return {
    set,
    vendor,
    hasCodes,
    icons,
    aliases,
    width,
    height,
    categories,
    codes: hasCodes ? read('chars.json') : {},
  };
}

/** An icon as an SVG document that is drawn to `size` × `size` pixels, centred where it is not square. */
export function iconDocument({ width, height }: IconSet, icon: Icon, size: number): string {
  const box = [icon.left ?? 0, icon.top ?? 0, icon.width ?? width, icon.height ?? height].join(' ');
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
    `width="${size}" height="${size}" viewBox="${box}">${icon.body}</svg>`
  );
}
