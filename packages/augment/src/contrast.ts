import { checkNumber } from './check-options.ts';
import { greyLevel } from './grey.ts';
import { blendTable, mapLevels } from './map-levels.ts';
import { blankImage, checkImage, type RgbImage } from './rgb-image.ts';

/** Mean of the grey image, rounded to a whole level. */
function meanGrey(image: RgbImage): number {
  const { data } = image;
  let sum = 0;
  for (let i = 0; i < data.length; i += 3) sum += greyLevel(data[i], data[i + 1], data[i + 2]);
  return Math.floor(sum / (data.length / 3) + 0.5);
}

/**
 * Scales the distance of every value from the image's mean grey level by `factor` (0 flat grey, 1 unchanged).
 * `out` may be `image` itself.
 *
 * @throws ImageError, OptionError
 */
export function adjustContrast(
  image: RgbImage,
  factor: number,
  out: RgbImage = blankImage(image.width, image.height),
): RgbImage {
  checkImage(image);
  checkNumber('contrast factor', factor, 0, Number.MAX_VALUE);
  return mapLevels(image, blendTable(meanGrey(image), factor), out);
}
