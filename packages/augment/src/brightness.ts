import { checkNumber } from './check-options.ts';
import { blendTable, mapLevels } from './map-levels.ts';
import { blankImage, type RgbImage } from './rgb-image.ts';

/**
 * Multiplies every value by `factor` (0 black, 1 unchanged), clipped to 0..255. `out` may be `image` itself.
 *
 * @throws ImageError, OptionError
 */
export function adjustBrightness(
  image: RgbImage,
  factor: number,
  out: RgbImage = blankImage(image.width, image.height),
): RgbImage {
  checkNumber('brightness factor', factor, 0, Number.MAX_VALUE);
  return mapLevels(image, blendTable(0, factor), out);
}
