import { ImageError, OptionError, type RgbImage } from '@excb/augment';
import type { ImageSource } from './image-source.ts';
import { checkIndex } from './subset.ts';

/** What `fromPixels` may be told of the images. */
export interface PixelSourceOptions {
  /** Default `pixels`. */
  name?: string;
  /** One a image; default its index. */
  names?: readonly string[];
  /** Index into `classes`, one an image. */
  labels?: ArrayLike<number>;
  classes?: readonly string[];
}

/**
 * A source of decoded images. The pixels are copied once into shared memory, so that worker threads read them
 * without copies; the images may have different sizes.
 *
 * @throws ImageError when size and data of an image do not belong together, OptionError when `names` or `labels`
 * do not fit the images
 */
export function fromPixels(images: readonly RgbImage[], options: PixelSourceOptions = {}): ImageSource {
  const { name = 'pixels', names, labels, classes } = options;
  for (const [key, list] of Object.entries({ names, labels })) {
    if (list && list.length !== images.length) {
      throw new OptionError(
        key,
        `${key} has ${list.length} entries, expected one for each of the ${images.length} images`,
      );
    }
  }
  let bytes = 0;
  images.forEach(({ width, height, data }, index) => {
    if (!(width > 0 && height > 0) || data.length !== width * height * 3) {
      throw new ImageError(
        `image ${index} is ${width} × ${height} with ${data.length} bytes, expected width · height · 3: ` +
          'pass 8-bit RGB without alpha',
      );
    }
    bytes += data.length;
  });
  const memory = new Uint8Array(new SharedArrayBuffer(bytes));
  let offset = 0;
  const shared = images.map(({ width, height, data }) => {
    const copy = memory.subarray(offset, offset + data.length);
    copy.set(data);
    offset += data.length;
    return { width, height, data: copy };
  });
  const source: ImageSource = {
    name,
    length: shared.length,
    classes,
    describe(index) {
      checkIndex(source, index);
      return { name: names?.[index] ?? String(index), ...(labels && { label: labels[index] }) };
    },
    reference(index) {
      checkIndex(source, index);
      return { kind: 'pixels', image: shared[index] };
    },
  };
  return source;
}
