import { checkKernel, reject } from './check-options.ts';
import { blankImage, checkPair, clampedBytes, type RgbImage } from './rgb-image.ts';

/** Taps under this share cannot move a value of 0..255 by a thousandth of a level and are left out. */
const NEGLIGIBLE = 1e-6;

/** Distances added in one sweep over a row, so that the sums are stored once for all of them. */
const SWEEP = 4;

/**
 * Weights of distance 0, 1, … from the centre, whose two-sided sum is 1, filled up with zeros to whole sweeps
 * and at least one.
 */
function gaussianTaps(sigma: number, kernel: number): Float64Array {
  const taps = Float64Array.from({ length: (kernel + 1) / 2 }, (_, d) => Math.exp(-0.5 * (d / sigma) ** 2));
  const total = taps.reduce((sum, tap, d) => sum + (d === 0 ? tap : 2 * tap), 0);
  let radius = taps.length - 1;
  while (radius > 0 && taps[radius] / total < NEGLIGIBLE) radius--;
  const filled = new Float64Array(1 + SWEEP * Math.max(1, Math.ceil(radius / SWEEP)));
  for (let d = 0; d <= radius; d++) filled[d] = taps[d] / total;
  return filled;
}

/** Position `i` reflected at the borders of `[0, length)`, the border pixel itself not repeated. */
function reflected(i: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const inPeriod = ((i % period) + period) % period;
  return inPeriod < length ? inPeriod : period - inPeriod;
}

/** Row y blurred along y, into `out` from `margin` on. */
function blurColumn(
  data: Uint8Array,
  y: number,
  height: number,
  length: number,
  taps: Float64Array,
  out: Float64Array,
  margin: number,
): void {
  const row = (position: number) => reflected(position, height) * length;
  for (let d = 1; d < taps.length; d += SWEEP) {
    const [t0, t1, t2, t3] = taps.subarray(d, d + SWEEP);
    const above0 = row(y - d);
    const above1 = row(y - d - 1);
    const above2 = row(y - d - 2);
    const above3 = row(y - d - 3);
    const below0 = row(y + d);
    const below1 = row(y + d + 1);
    const below2 = row(y + d + 2);
    const below3 = row(y + d + 3);
    if (d === 1) {
      const centre = y * length;
      const tap = taps[0];
      for (let i = 0; i < length; i++) {
        out[margin + i] =
          tap * data[centre + i] +
          t0 * (data[above0 + i] + data[below0 + i]) +
          t1 * (data[above1 + i] + data[below1 + i]) +
          t2 * (data[above2 + i] + data[below2 + i]) +
          t3 * (data[above3 + i] + data[below3 + i]);
      }
    } else {
      for (let i = 0; i < length; i++) {
        out[margin + i] +=
          t0 * (data[above0 + i] + data[below0 + i]) +
          t1 * (data[above1 + i] + data[below1 + i]) +
          t2 * (data[above2 + i] + data[below2 + i]) +
          t3 * (data[above3 + i] + data[below3 + i]);
      }
    }
  }
}

/** Fills the `radius` pixels on both sides of a row by reflection. */
function padRow(padded: Float64Array, width: number, radius: number): void {
  for (let beyond = 1; beyond <= radius; beyond++) {
    const left = (radius + reflected(-beyond, width)) * 3;
    const right = (radius + reflected(width - 1 + beyond, width)) * 3;
    for (let c = 0; c < 3; c++) {
      padded[(radius - beyond) * 3 + c] = padded[left + c];
      padded[(radius + width - 1 + beyond) * 3 + c] = padded[right + c];
    }
  }
}

/** A padded row blurred along x. */
function blurRow(padded: Float64Array, length: number, taps: Float64Array, out: Float64Array): void {
  const margin = 3 * (taps.length - 1);
  for (let d = 1; d < taps.length; d += SWEEP) {
    const [t0, t1, t2, t3] = taps.subarray(d, d + SWEEP);
    const before = margin - 3 * d;
    const after = margin + 3 * d;
    if (d === 1) {
      const tap = taps[0];
      for (let i = 0; i < length; i++) {
        out[i] =
          tap * padded[margin + i] +
          t0 * (padded[before + i] + padded[after + i]) +
          t1 * (padded[before - 3 + i] + padded[after + 3 + i]) +
          t2 * (padded[before - 6 + i] + padded[after + 6 + i]) +
          t3 * (padded[before - 9 + i] + padded[after + 9 + i]);
      }
    } else {
      for (let i = 0; i < length; i++) {
        out[i] +=
          t0 * (padded[before + i] + padded[after + i]) +
          t1 * (padded[before - 3 + i] + padded[after + 3 + i]) +
          t2 * (padded[before - 6 + i] + padded[after + 6 + i]) +
          t3 * (padded[before - 9 + i] + padded[after + 9 + i]);
      }
    }
  }
}

/**
 * Gaussian blur with `kernel` taps in each direction, borders reflected, one rounding at the end. `out` may be
 * `image` itself.
 *
 * @param sigma standard deviation in pixels, above 0
 * @param kernel odd number of taps
 * @throws ImageError, OptionError
 */
export function gaussianBlur(
  image: RgbImage,
  sigma: number,
  kernel: number,
  out: RgbImage = blankImage(image.width, image.height),
): RgbImage {
  checkPair(image, out);
  if (!(sigma > 0 && Number.isFinite(sigma))) reject('sigma', sigma, 'a number above 0');
  checkKernel('kernel', kernel);
  const taps = gaussianTaps(sigma, kernel);
  const { width, height } = image;
  const data = out.data.buffer === image.data.buffer ? new Uint8Array(image.data) : image.data;
  const radius = taps.length - 1;
  const length = width * 3;
  const padded = new Float64Array(length + 6 * radius);
  const sums = new Float64Array(length);
  const to = clampedBytes(out);
  for (let y = 0; y < height; y++) {
    blurColumn(data, y, height, length, taps, padded, 3 * radius);
    padRow(padded, width, radius);
    blurRow(padded, length, taps, sums);
    const write = y * length;
    for (let i = 0; i < length; i++) to[write + i] = (sums[i] + 0.5) | 0;
  }
  return out;
}
