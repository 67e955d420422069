/** How pixels between the given ones are read. */
export type Interpolation = 'bicubic' | 'bilinear';

/** Fractional bits of the fixed-point weights: 8 bits of pixel, 2 of overshoot, 22 of weight fill 32. */
const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);

/** Weights of a one-dimensional resampling: output x reads `lengths[x]` inputs from `starts[x]` on. */
export interface ResampleTable {
  /** Stride of `weights` from one output to the next. */
  taps: number;
  starts: Int32Array;
  lengths: Int32Array;
  /** Fixed point with 22 fractional bits; each output's weights sum to about 1. */
  weights: Int32Array;
}

/** Keys' cubic convolution with a = −0.5. */
function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

function triangle(distance: number): number {
  const x = Math.abs(distance);
  return x < 1 ? 1 - x : 0;
}

/**
 * Antialiased resampling from `from` to `to` pixels: the filter widens with the reduction, is cut at the
 * border and normalised over what remains. `mirror` reverses the outputs.
 */
export function resampleTable(
  from: number,
  to: number,
  interpolation: Interpolation,
  mirror = false,
): ResampleTable {
  const filter = interpolation === 'bicubic' ? cubic : triangle;
  const scale = from / to;
  const widening = Math.max(scale, 1);
  const support = (interpolation === 'bicubic' ? 2 : 1) * widening;
  const taps = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(to);
  const lengths = new Int32Array(to);
  const weights = new Int32Array(to * taps);
  const exact = new Float64Array(taps);
  for (let x = 0; x < to; x++) {
    const centre = (x + 0.5) * scale;
    const start = Math.max(0, Math.floor(centre - support + 0.5));
    const length = Math.min(from, Math.floor(centre + support + 0.5)) - start;
    let total = 0;
    for (let t = 0; t < length; t++) {
      exact[t] = filter((start + t - centre + 0.5) / widening);
      total += exact[t];
    }
    const place = mirror ? to - 1 - x : x;
    starts[place] = start;
    lengths[place] = length;
    for (let t = 0; t < length; t++) {
      const weight = (exact[t] / total) * 2 ** PRECISION;
      weights[place * taps + t] = Math.trunc(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
  }
  return { taps, starts, lengths, weights };
}

/**
 * Resamples `rows` rows of RGB pixels along x. Row r starts at `offset + r * stride` in `source`; the result is
 * packed rows of `table.starts.length` pixels.
 */
export function resampleRows(
  source: Uint8Array,
  offset: number,
  stride: number,
  rows: number,
  table: ResampleTable,
  out: Uint8ClampedArray,
): void {
  const { taps, starts, lengths, weights } = table;
  const width = starts.length;
  let write = 0;
  for (let row = 0; row < rows; row++) {
    const base = offset + row * stride;
    for (let x = 0; x < width; x++) {
      let read = base + starts[x] * 3;
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      const first = x * taps;
      const end = first + lengths[x];
      for (let t = first; t < end; t++) {
        const weight = weights[t];
        red = (red + Math.imul(source[read], weight)) | 0;
        green = (green + Math.imul(source[read + 1], weight)) | 0;
        blue = (blue + Math.imul(source[read + 2], weight)) | 0;
        read += 3;
      }
      out[write] = red >> PRECISION;
      out[write + 1] = green >> PRECISION;
      out[write + 2] = blue >> PRECISION;
      write += 3;
    }
  }
}

/**
 * Resamples along y: row r of `length` bytes starts at `offset + r * stride` in `source`; the result is packed
 * rows of `length` bytes.
 */
export function resampleColumns(
  source: Uint8Array,
  offset: number,
  stride: number,
  length: number,
  table: ResampleTable,
  out: Uint8ClampedArray,
): void {
  const { taps, starts, lengths, weights } = table;
  const sums = new Int32Array(length);
  for (let y = 0; y < starts.length; y++) {
    sums.fill(HALF);
    const first = y * taps;
    let read = offset + starts[y] * stride;
    let t = 0;
    // Four rows a sweep, so that the sums are loaded and stored once for four weights.
    for (; t + 4 <= lengths[y]; t += 4) {
      const w0 = weights[first + t];
      const w1 = weights[first + t + 1];
      const w2 = weights[first + t + 2];
      const w3 = weights[first + t + 3];
      const second = read + stride;
      const third = second + stride;
      const fourth = third + stride;
      for (let i = 0; i < length; i++) {
        sums[i] +=
          (Math.imul(source[read + i], w0) +
            Math.imul(source[second + i], w1) +
            Math.imul(source[third + i], w2) +
            Math.imul(source[fourth + i], w3)) |
          0;
      }
      read += 4 * stride;
    }
    for (; t < lengths[y]; t++) {
      const weight = weights[first + t];
      for (let i = 0; i < length; i++) sums[i] += Math.imul(source[read + i], weight);
      read += stride;
    }
    const write = y * length;
    for (let i = 0; i < length; i++) out[write + i] = sums[i] >> PRECISION;
  }
}
