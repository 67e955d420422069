import { ImageError } from './errors.ts';

/** An 8-bit RGB image: channels interleaved, rows top to bottom; `data.length` is `width * height * 3`. */
export interface RgbImage {
  width: number;
  height: number;
  data: Uint8Array;
}

/** A black image of a size in pixels. */
export function blankImage(width: number, height: number): RgbImage {
  return { width, height, data: new Uint8Array(width * height * 3) };
}

/**
 * Checks that size and data of an image belong together.
 *
 * @throws ImageError when a side is not a positive integer or the data is not `width * height * 3` bytes
 */
export function checkImage(image: RgbImage): void {
  const { width, height, data } = image;
  if (!(Number.isSafeInteger(width) && Number.isSafeInteger(height) && width > 0 && height > 0)) {
    throw new ImageError(
      `the image is ${width} × ${height} (width × height), expected both to be positive integers: ` +
        'leave out images without pixels',
    );
  }
  const pixels = width * height;
  if (data?.BYTES_PER_ELEMENT !== 1) {
    throw new ImageError(
      `the image data is ${data?.constructor?.name ?? String(data)}, expected 8-bit values: pass a Uint8Array`,
    );
  }
  if (data.length === pixels * 3) return;
  const channels = data.length / pixels;
  const advice =
    channels === 4
      ? 'drop the alpha channel'
      : channels === 1
        ? 'repeat the grey value three times'
        : 'convert the image to 8-bit RGB first';
  throw new ImageError(
    `the image data has ${data.length} bytes for ${width} × ${height} pixels (${+channels.toFixed(3)} channels), ` +
      `expected ${pixels * 3} bytes (3 channels, RGB): ${advice}`,
  );
}

/** Checks both images of an operation that writes into `out`, which may be `image` itself. */
export function checkPair(image: RgbImage, out: RgbImage): void {
  checkImage(image);
  if (out === image) return;
  checkImage(out);
  if (out.width !== image.width || out.height !== image.height) {
    throw new ImageError(
      `the output image is ${out.width} × ${out.height}, expected ${image.width} × ${image.height} like the input: ` +
        'pass an output of the same size, or none',
    );
  }
}

/** The bytes of an image as a view whose stores clamp to 0..255. */
export function clampedBytes(image: RgbImage): Uint8ClampedArray {
  return new Uint8ClampedArray(image.data.buffer, image.data.byteOffset, image.data.length);
}
