import { checkPair, type RgbImage } from './rgb-image.ts';

/** Replaces every value of an image by the entry of a table of 256. */
export function mapLevels(image: RgbImage, table: Uint8Array, out: RgbImage): RgbImage {
  checkPair(image, out);
  const from = image.data;
  const to = out.data;
  const whole = from.length - (from.length % 4);
  for (let i = 0; i < whole; i += 4) {
    to[i] = table[from[i]];
    to[i + 1] = table[from[i + 1]];
    to[i + 2] = table[from[i + 2]];
    to[i + 3] = table[from[i + 3]];
  }
  for (let i = whole; i < from.length; i++) to[i] = table[from[i]];
  return out;
}

/**
 * The table of `anchor + factor·(value − anchor)`, clipped to 0..255 and cut down to whole levels; in single
 * precision, by which PIL decides the level.
 */
export function blendTable(anchor: number, factor: number): Uint8Array {
  const single = Math.fround(factor);
  const table = new Uint8Array(256);
  for (let value = 0; value < 256; value++) {
    const blended = Math.fround(anchor + Math.fround(single * (value - anchor)));
    table[value] = Math.min(255, Math.max(0, Math.trunc(blended)));
  }
  return table;
}
