import type { RgbImage } from '@excb/augment';
import { type CancelFlag, isCancelled } from './cancellation.ts';
import { DecodeError, decodeImage } from './decode-image.ts';
import type { ImageReference } from './image-source.ts';

/** An image of a job that could not be decoded. */
export interface BrokenPlace {
  /** Place in the job's list of images. */
  place: number;
  reason: string;
}

/** Images that are decoded while an earlier one is worked on. */
const AHEAD = 2;

/**
 * Decodes images in their order and hands each to `use`, which runs while the next ones are decoded. Ends early
 * when the flag is set.
 *
 * @returns the images that could not be decoded
 */
export async function decodeAll(
  images: readonly ImageReference[],
  cancelled: CancelFlag,
  use: (image: RgbImage, place: number) => void,
): Promise<BrokenPlace[]> {
  const broken: BrokenPlace[] = [];
  const underWay: Promise<RgbImage | { error: unknown }>[] = [];
  let next = 0;
  for (let place = 0; place < images.length; place++) {
    while (next < images.length && next <= place + AHEAD) {
      underWay.push(decodeImage(images[next++]).catch((error: unknown) => ({ error })));
    }
    const result = (await underWay.shift()) as RgbImage | { error: unknown };
    if (isCancelled(cancelled)) break;
    if (!('error' in result)) {
      use(result, place);
    } else if (result.error instanceof DecodeError) {
      broken.push({ place, reason: result.error.message });
    } else {
      throw result.error;
    }
  }
  return broken;
}
