import { checkNumber } from './check-options.ts';
import { mapLevels } from './map-levels.ts';
import { blankImage, type RgbImage } from './rgb-image.ts';

/**
 * Inverts every value of at least `threshold`: v becomes 255 − v. `out` may be `image` itself.
 *
 * @param threshold from 0 (inverts all) to 256 (inverts none)
 * @throws ImageError, OptionError
 */
export function solarise(
  image: RgbImage,
  threshold = 128,
  out: RgbImage = blankImage(image.width, image.height),
): RgbImage {
  checkNumber('solarise threshold', threshold, 0, 256);
  const table = new Uint8Array(256);
  for (let value = 0; value < 256; value++) table[value] = value >= threshold ? 255 - value : value;
  return mapLevels(image, table, out);
}
