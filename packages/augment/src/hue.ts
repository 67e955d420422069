import { checkNumber } from './check-options.ts';
import { blankImage, checkPair, type RgbImage } from './rgb-image.ts';

/**
 * Turns the hue by `turns` of the colour circle in 8-bit HSV: every pixel's hue and saturation become whole
 * numbers of 0..255, the hue is shifted by `turns · 255` cut to a whole number, and the pixel goes back to RGB.
 * A shift of 0 still makes that round trip. `out` may be `image` itself.
 *
 * @param turns from −0.5 to 0.5
 * @throws ImageError, OptionError
 */
export function adjustHue(
  image: RgbImage,
  turns: number,
  out: RgbImage = blankImage(image.width, image.height),
): RgbImage {
  checkNumber('hue shift', turns, -0.5, 0.5);
  checkPair(image, out);
  const shift = Math.trunc(turns * 255);
  const from = image.data;
  const to = out.data;
  const sectors = new Uint8Array(256);
  const fractions = new Float64Array(256);
  const shares = new Float64Array(256);
  for (let h = 0; h < 256; h++) {
    shares[h] = h / 255;
    const sixths = (((h + shift) & 255) * 6) / 255;
    sectors[h] = Math.floor(sixths) % 6;
    fractions[h] = sixths - Math.floor(sixths);
  }
  for (let i = 0; i < from.length; i += 3) {
    const red = from[i];
    const green = from[i + 1];
    const blue = from[i + 2];
    const value = Math.max(red, green, blue);
    const range = value - Math.min(red, green, blue);
    // Single precision, by which PIL cuts saturation and hue to whole levels.
    const saturation = range === 0 ? 0 : (Math.fround(range / value) * 255) | 0;
    if (saturation === 0) {
      to[i] = value;
      to[i + 1] = value;
      to[i + 2] = value;
      continue;
    }
    const r = Math.fround((value - red) / range);
    const g = Math.fround((value - green) / range);
    const b = Math.fround((value - blue) / range);
    const sixths = Math.fround(value === red ? b - g : value === green ? 2 + r - b : 4 + g - r);
    const turn = sixths / 6;
    const h = (Math.fround(turn < 0 ? turn + 1 : turn) * 255) | 0;
    const fraction = fractions[h];
    const strength = shares[saturation];
    const low = (value * (1 - strength) + 0.5) | 0;
    const falling = (value * (1 - strength * fraction) + 0.5) | 0;
    const rising = (value * (1 - strength * (1 - fraction)) + 0.5) | 0;
    switch (sectors[h]) {
      case 0:
        to[i] = value;
        to[i + 1] = rising;
        to[i + 2] = low;
        break;
      case 1:
        to[i] = falling;
        to[i + 1] = value;
        to[i + 2] = low;
        break;
      case 2:
        to[i] = low;
        to[i + 1] = value;
        to[i + 2] = rising;
        break;
      case 3:
        to[i] = low;
        to[i + 1] = falling;
        to[i + 2] = value;
        break;
      case 4:
        to[i] = rising;
        to[i + 1] = low;
        to[i + 2] = value;
        break;
      default:
        to[i] = value;
        to[i + 1] = low;
        to[i + 2] = falling;
    }
  }
  return out;
}
