import { createHash } from 'node:crypto';
import sharp from 'sharp';

/** SVG documents of `size` × `size` pixels to draw. */
export interface RenderJob {
  svgs: string[];
  /** Side the documents are drawn at. */
  size: number;
  /** Side of the images that are handed back: `size` or a whole fraction of it. */
  target: number;
}

/** Images in the order of the documents. */
export interface RenderResult {
  /** 8-bit RGB, one image after the other, `target` × `target`. */
  pixels: Uint8Array;
  /** Largest standard deviation of a channel, at `size`. */
  deviations: number[];
  /** Digest of the pixels at `size`. */
  digests: string[];
}

/** Draws documents on white; smaller targets are the mean of whole blocks of pixels. */
export async function renderIcons({ svgs, size, target }: RenderJob): Promise<RenderResult> {
  const bytes = target * target * 3;
  const pixels = new Uint8Array(svgs.length * bytes);
  const deviations: number[] = [];
  const digests: string[] = [];
  const drawn = svgs.map((svg) => draw(svg, size));
  // All are drawn before a failure is reported, so that none is left behind.
  for (const result of await Promise.allSettled(drawn)) {
    if (result.status === 'rejected') throw result.reason;
    pixels.set(shrink(result.value, size, target), deviations.length * bytes);
    deviations.push(deviation(result.value));
    digests.push(createHash('sha256').update(result.value).digest('base64'));
  }
  return { pixels, deviations, digests };
}

async function draw(svg: string, size: number): Promise<Uint8Array> {
  const { data, info } = await sharp(Buffer.from(svg))
    .flatten({ background: '#ffffff' })
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.width !== size || info.height !== size || info.channels !== 3) {
    throw new Error(
      `an icon was drawn ${info.width} × ${info.height} × ${info.channels}, expected ${size} × ${size} × 3`,
    );
  }
  return data;
}

function deviation(image: Uint8Array): number {
  const pixels = image.length / 3;
  const deviations = [0, 1, 2].map((channel) => {
    let sum = 0;
    let squares = 0;
    for (let i = channel; i < image.length; i += 3) {
      sum += image[i];
      squares += image[i] ** 2;
    }
    return Math.sqrt(Math.max(0, squares / pixels - (sum / pixels) ** 2));
  });
  return Math.max(...deviations);
}

function shrink(image: Uint8Array, size: number, target: number): Uint8Array {
  if (target === size) return image;
  const block = size / target;
  const out = new Uint8Array(target * target * 3);
  for (let y = 0; y < target; y++) {
    for (let x = 0; x < target; x++) {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let dy = 0; dy < block; dy++) {
          const row = ((y * block + dy) * size + x * block) * 3 + c;
          for (let dx = 0; dx < block; dx++) sum += image[row + dx * 3];
        }
        out[(y * target + x) * 3 + c] = Math.round(sum / (block * block));
      }
    }
  }
  return out;
}
