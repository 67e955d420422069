import { checkNumber, reject } from './check-options.ts';
import { ImageError } from './errors.ts';
import { checkImage, type RgbImage } from './rgb-image.ts';

/** Mean and standard deviation per channel, in units of 0..1. */
export interface Normalisation {
  mean: readonly [red: number, green: number, blue: number];
  std: readonly [red: number, green: number, blue: number];
}

/**
 * What the published models were trained with. The red deviation is 0.228, as the authors use it; 0.229 is the
 * usual value for ImageNet, and a network trained with that one should be fed with it.
 */
export const imagenetNormalisation: Normalisation = {
  mean: [0.485, 0.456, 0.406],
  std: [0.228, 0.224, 0.225],
};

/**
 * `(v / 255 − mean) / std` per channel, as floats in the order of the image: height, width, channel.
 *
 * @param out where to write, from `offset` on; without it a new array of `width * height * 3`
 * @returns `out`
 * @throws ImageError when the image is malformed or does not fit into `out`; OptionError on a bad mean or std
 */
export function normalise(
  image: RgbImage,
  { mean, std }: Normalisation,
  out?: Float32Array,
  offset = 0,
): Float32Array {
  checkImage(image);
  const { data } = image;
  const target = out ?? new Float32Array(offset + data.length);
  if (!Number.isSafeInteger(offset) || offset < 0 || offset + data.length > target.length) {
    throw new ImageError(
      `normalise writes ${data.length} values from offset ${offset} into an array of ${target.length}, expected ` +
        'room for all of them: pass a longer array or a smaller offset',
    );
  }
  if (mean?.length !== 3) reject('mean', mean, 'three numbers, one a channel');
  if (std?.length !== 3) reject('std', std, 'three numbers above 0, one a channel');
  const tables = [0, 1, 2].map((c) => {
    checkNumber(`mean[${c}]`, mean[c], -Number.MAX_VALUE, Number.MAX_VALUE);
    if (!(std[c] > 0 && Number.isFinite(std[c]))) reject(`std[${c}]`, std[c], 'a number above 0');
    const table = new Float32Array(256);
    for (let value = 0; value < 256; value++) table[value] = (value / 255 - mean[c]) / std[c];
    return table;
  });
  const [red, green, blue] = tables;
  for (let i = 0; i < data.length; i += 3) {
    target[offset + i] = red[data[i]];
    target[offset + i + 1] = green[data[i + 1]];
    target[offset + i + 2] = blue[data[i + 2]];
  }
  return target;
}
