import { checkInteger, reject } from './check-options.ts';
import { CropBoxError } from './errors.ts';
import { type Interpolation, resampleColumns, resampleRows, resampleTable } from './resample.ts';
import { blankImage, checkImage, clampedBytes, type RgbImage } from './rgb-image.ts';
import { roundHalfEven } from './round-half-even.ts';

/** A rectangle of whole pixels. */
export interface CropBox {
  top: number;
  left: number;
  height: number;
  width: number;
}

/** One side of a square, or [height, width]. */
export type Size = number | readonly [height: number, width: number];

function sides(size: Size): readonly [height: number, width: number] {
  const [height, width] = typeof size === 'number' ? [size, size] : size;
  checkInteger('size', height, 1);
  checkInteger('size', width, 1);
  return [height, width];
}

function checkBox(image: RgbImage, box: CropBox): void {
  const { top, left, height, width } = box;
  const inside =
    [top, left, height, width].every(Number.isSafeInteger) &&
    top >= 0 &&
    left >= 0 &&
    height > 0 &&
    width > 0 &&
    top + height <= image.height &&
    left + width <= image.width;
  if (inside) return;
  throw new CropBoxError(
    `the crop box is top ${top}, left ${left}, height ${height}, width ${width}, expected whole pixels inside ` +
      `the image of ${image.width} × ${image.height}: clip the box to the image`,
  );
}

/**
 * Resizes the pixels inside `box` to `size` with antialiasing, in two passes (along x, then along y) with
 * rounding to 8 bits between them. Pixels outside the box are not read: what lies beyond its edge does not
 * bleed in. `mirror` also flips the result left to right, at no cost.
 *
 * @param size side of a square, or [height, width], in pixels
 * @param interpolation `bicubic` (a = −0.5) or `bilinear`
 * @throws ImageError, CropBoxError, OptionError
 */
export function resizedCrop(
  image: RgbImage,
  box: CropBox,
  size: Size,
  interpolation: Interpolation = 'bicubic',
  { mirror = false }: { mirror?: boolean } = {},
): RgbImage {
  checkImage(image);
  checkBox(image, box);
  const [height, width] = sides(size);
  if (interpolation !== 'bicubic' && interpolation !== 'bilinear') {
    reject('interpolation', interpolation, "'bicubic' or 'bilinear'");
  }
  const out = blankImage(width, height);
  let source = image.data;
  let stride = image.width * 3;
  let offset = box.top * stride + box.left * 3;
  if (width !== box.width || mirror) {
    const rows = height === box.height ? out : blankImage(width, box.height);
    const table = resampleTable(box.width, width, interpolation, mirror);
    resampleRows(image.data, offset, stride, box.height, table, clampedBytes(rows));
    if (height === box.height) return out;
    source = rows.data;
    stride = width * 3;
    offset = 0;
  }
  if (height !== box.height) {
    const table = resampleTable(box.height, height, interpolation);
    resampleColumns(source, offset, stride, width * 3, table, clampedBytes(out));
    return out;
  }
  for (let y = 0; y < height; y++) {
    const start = offset + y * stride;
    out.data.set(source.subarray(start, start + width * 3), y * width * 3);
  }
  return out;
}

/**
 * Resizes so that the shorter side has `shorterSide` pixels; the longer side is rounded down.
 *
 * @throws ImageError, OptionError
 */
export function resize(
  image: RgbImage,
  shorterSide: number,
  interpolation: Interpolation = 'bilinear',
): RgbImage {
  checkImage(image);
  checkInteger('shorterSide', shorterSide, 1);
  const { width, height } = image;
  const size: Size =
    width <= height
      ? [Math.floor((shorterSide * height) / width), shorterSide]
      : [shorterSide, Math.floor((shorterSide * width) / height)];
  return resizedCrop(image, { top: 0, left: 0, height, width }, size, interpolation);
}

/**
 * Cuts `size` (side of a square, or [height, width]) out of the middle.
 *
 * @throws ImageError, OptionError; CropBoxError when the image is smaller than the crop
 */
export function centreCrop(image: RgbImage, size: Size): RgbImage {
  checkImage(image);
  const [height, width] = sides(size);
  if (height > image.height || width > image.width) {
    throw new CropBoxError(
      `the image is ${image.width} × ${image.height}, expected at least ${width} × ${height} for the centre crop: ` +
        'resize it first, or ask for a smaller crop',
    );
  }
  const top = roundHalfEven((image.height - height) / 2);
  const left = roundHalfEven((image.width - width) / 2);
  return resizedCrop(image, { top, left, height, width }, [height, width]);
}
