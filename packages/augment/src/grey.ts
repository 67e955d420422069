import { blankImage, checkPair, type RgbImage } from './rgb-image.ts';

/** Luma of ITU-R 601 in 16-bit fixed point, a level of 0..255. */
export function greyLevel(red: number, green: number, blue: number): number {
  return (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
}

/**
 * Replaces every pixel by its grey level, in all three channels. `out` may be `image` itself.
 *
 * @throws ImageError
 */
export function grey(image: RgbImage, out: RgbImage = blankImage(image.width, image.height)): RgbImage {
  checkPair(image, out);
  const from = image.data;
  const to = out.data;
  for (let i = 0; i < from.length; i += 3) {
    const level = greyLevel(from[i], from[i + 1], from[i + 2]);
    to[i] = level;
    to[i + 1] = level;
    to[i + 2] = level;
  }
  return out;
}
