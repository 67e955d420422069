import { centreCrop, type Normalisation, normalise, type RgbImage, resize } from '@excb/augment';
import type { CancelFlag } from './cancellation.ts';
import { type BrokenPlace, decodeAll } from './decode-all.ts';
import type { ImageReference } from './image-source.ts';

/** How whole images are brought to one size for evaluation. */
export interface Framing {
  /** Side in pixels that the shorter side is resized to (bilinear, antialiased). */
  resize?: number;
  /** Side in pixels of the square that is cut out of the middle. */
  crop?: number;
}

/** One evaluation batch to make. */
export interface ImageJob {
  images: ImageReference[];
  framing: Framing;
  normalisation: Normalisation;
  cancelled: CancelFlag;
}

/** The whole images of a batch, one after the other. */
export interface ImageResult {
  /** Values of the images that are not broken, packed. */
  data: Float32Array;
  width: number;
  height: number;
  broken: BrokenPlace[];
  /** The first image whose size is not that of the first one; the batch is not usable then. */
  odd?: { place: number; width: number; height: number };
  /** The first image that is smaller than the crop; the batch is not usable then. */
  small?: { place: number; width: number; height: number };
}

/** Decodes, frames and normalises the images of one batch. */
export async function makeImages(job: ImageJob): Promise<ImageResult> {
  const { images, framing, normalisation } = job;
  let data = new Float32Array(0);
  let [width, height, count] = [0, 0, 0];
  let odd: ImageResult['odd'];
  let small: ImageResult['small'];
  const broken = await decodeAll(images, job.cancelled, (decoded, place) => {
    const sized = shorterSideTo(decoded, framing.resize);
    if (framing.crop !== undefined && Math.min(sized.width, sized.height) < framing.crop) {
      small ??= { place, width: sized.width, height: sized.height };
      return;
    }
    const image = cropTo(sized, framing.crop);
    if (count === 0) {
      ({ width, height } = image);
      data = new Float32Array(images.length * width * height * 3);
    }
    if (image.width !== width || image.height !== height) {
      odd ??= { place, width: image.width, height: image.height };
      return;
    }
    normalise(image, normalisation, data, count * image.data.length);
    count++;
  });
  return { data: data.subarray(0, count * width * height * 3), width, height, broken, odd, small };
}

function shorterSideTo(image: RgbImage, side: number | undefined): RgbImage {
  return side === undefined || Math.min(image.width, image.height) === side ? image : resize(image, side);
}

function cropTo(image: RgbImage, side: number | undefined): RgbImage {
  return side === undefined || (image.width === side && image.height === side)
    ? image
    : centreCrop(image, side);
}
