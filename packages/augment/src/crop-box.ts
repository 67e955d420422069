import { checkInteger, checkRange } from './check-options.ts';
import type { RandomStream } from './random-stream.ts';
import type { CropBox } from './resized-crop.ts';
import { roundHalfEven } from './round-half-even.ts';

/** Boxes drawn before the fixed one is taken. */
const TRIES = 10;

/** An integer of 0..count − 1. */
function drawInteger(random: RandomStream, count: number): number {
  return Math.floor(random.next() * count);
}

/**
 * The box of a random resized crop, as torchvision draws it: area uniform, aspect log-uniform, up to ten tries
 * for a box that fits, placed uniformly; otherwise the largest centred box of the nearest allowed aspect.
 *
 * @param width of the image, in pixels
 * @param height of the image, in pixels
 * @param area smallest and largest share of the image's area, 0 < … ≤ 1
 * @param aspect smallest and largest width / height
 * @throws OptionError
 */
export function randomCropBox(
  width: number,
  height: number,
  area: readonly [min: number, max: number],
  aspect: readonly [min: number, max: number],
  random: RandomStream,
): CropBox {
  checkInteger('width', width, 1);
  checkInteger('height', height, 1);
  checkRange('area', area, 1);
  checkRange('aspect', aspect, Number.MAX_VALUE);
  const low = Math.log(aspect[0]);
  const high = Math.log(aspect[1]);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const pixels = width * height * (area[0] + (area[1] - area[0]) * random.next());
    const ratio = Math.exp(low + (high - low) * random.next());
    const boxWidth = roundHalfEven(Math.sqrt(pixels * ratio));
    const boxHeight = roundHalfEven(Math.sqrt(pixels / ratio));
    if (boxWidth < 1 || boxWidth > width || boxHeight < 1 || boxHeight > height) continue;
    const top = drawInteger(random, height - boxHeight + 1);
    const left = drawInteger(random, width - boxWidth + 1);
    return { top, left, height: boxHeight, width: boxWidth };
  }
  let boxWidth = width;
  let boxHeight = height;
  if (width / height < aspect[0]) boxHeight = Math.max(1, roundHalfEven(width / aspect[0]));
  else if (width / height > aspect[1]) boxWidth = Math.max(1, roundHalfEven(height * aspect[1]));
  return {
    top: Math.floor((height - boxHeight) / 2),
    left: Math.floor((width - boxWidth) / 2),
    height: boxHeight,
    width: boxWidth,
  };
}
