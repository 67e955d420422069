import { checkNumber } from './check-options.ts';
import { greyLevel } from './grey.ts';
import { blankImage, checkPair, clampedBytes, type RgbImage } from './rgb-image.ts';

/**
 * Scales the distance of every value from its pixel's grey level by `factor` (0 grey, 1 unchanged), clipped and
 * cut down to whole levels. `out` may be `image` itself.
 *
 * @throws ImageError, OptionError
 */
export function adjustSaturation(
  image: RgbImage,
  factor: number,
  out: RgbImage = blankImage(image.width, image.height),
): RgbImage {
  checkNumber('saturation factor', factor, 0, Number.MAX_VALUE);
  checkPair(image, out);
  const from = image.data;
  const to = clampedBytes(out);
  const single = Math.fround(factor);
  for (let i = 0; i < from.length; i += 3) {
    const grey = greyLevel(from[i], from[i + 1], from[i + 2]);
    to[i] = Math.fround(grey + Math.fround(single * (from[i] - grey))) | 0;
    to[i + 1] = Math.fround(grey + Math.fround(single * (from[i + 1] - grey))) | 0;
    to[i + 2] = Math.fround(grey + Math.fround(single * (from[i + 2] - grey))) | 0;
  }
  return out;
}
