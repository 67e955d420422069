import { expectTensor, golden } from '@excb/golden';
import { describe, expect, it } from 'vitest';
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  centreCrop,
  flip,
  gaussianBlur,
  grey,
  type Interpolation,
  imagenetNormalisation,
  normalise,
  type RgbImage,
  randomCropBox,
  randomStream,
  resize,
  resizedCrop,
  solarise,
} from './index.ts';

interface Pixels {
  shape: [height: number, width: number, channels: number];
  data: number[];
}

interface GoldenCase {
  source: number;
  op: string;
  // biome-ignore lint/suspicious/noExplicitAny: the parameters differ from operation to operation.
  params: any;
  input?: Pixels;
  result: Pixels;
  /** The first values of the normalised result. */
  normalised?: number[];
}

interface CropCase {
  height: number;
  width: number;
  scale: [number, number];
  ratio: [number, number];
  samples: number;
  areaQuantiles: number[];
  aspectQuantiles: number[];
  topMean: number;
  leftMean: number;
  areaMean: number;
}

const file = golden<{
  sources: { height: number; width: number; s: number; first8: number[]; sum: number }[];
  cases: GoldenCase[];
  cropStatistics: { about: string; cases: CropCase[] };
}>('augment');

/** The file's bounds: levels a pixel by operation, and the mean absolute difference. */
const LEVELS: Record<string, number> = {
  resizedCrop: 2,
  resizeCentreCrop: 2,
  hue: 2,
  chain: 2,
  flip: 1,
  brightness: 1,
  contrast: 1,
  saturation: 1,
  grey: 1,
  blur: 1,
  solarise: 1,
};
const MEAN_DIFFERENCE = 0.3;

const image = ({ shape: [height, width, channels], data }: Pixels): RgbImage => {
  expect(channels).toBe(3);
  return { width, height, data: Uint8Array.from(data) };
};

const sources = file.sources.map(({ height, width, s }): RgbImage => {
  const data = new Uint8Array(height * width * 3);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++, i++) {
        const wave =
          70 * Math.sin(0.21 * x + 0.05 * y * (c + 1) + s) +
          50 * Math.cos(0.17 * y - 0.09 * x * (c + 1) + 0.5 * s);
        data[i] = Math.min(255, Math.max(0, Math.floor(128 + wave + 0.5)));
      }
    }
  }
  return { width, height, data };
});

// biome-ignore lint/suspicious/noExplicitAny: the parameters differ from operation to operation.
const operations: Record<string, (image: RgbImage, params: any) => RgbImage> = {
  resizedCrop: (source, { top, left, height, width, size, interpolation }) =>
    resizedCrop(source, { top, left, height, width }, size, interpolation),
  resizeCentreCrop: (source, params: { resize: number; crop: number; interpolation: Interpolation }) =>
    centreCrop(resize(source, params.resize, params.interpolation), params.crop),
  flip: (input) => flip(input),
  brightness: (input, { factor }) => adjustBrightness(input, factor),
  contrast: (input, { factor }) => adjustContrast(input, factor),
  saturation: (input, { factor }) => adjustSaturation(input, factor),
  hue: (input, { factor }) => adjustHue(input, factor),
  grey: (input) => grey(input),
  blur: (input, { kernel, sigma }) => gaussianBlur(input, sigma, kernel),
  solarise: (input, { threshold }) => solarise(input, threshold),
  chain: (input, params) => {
    let current = input;
    for (const name of params.order) current = operations[name](current, { factor: params[name] });
    current = gaussianBlur(current, params.blurSigma, 9);
    return solarise(current, params.solarise);
  },
};

function compare(actual: ArrayLike<number>, expected: ArrayLike<number>): { worst: number; mean: number } {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  let sum = 0;
  for (let i = 0; i < actual.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    worst = Math.max(worst, difference);
    sum += difference;
  }
  return { worst, mean: sum / actual.length };
}

describe('sources', () => {
  it.each(file.sources.map((entry, i) => [i, entry] as const))('source %i', (i, { first8, sum }) => {
    expect(Array.from(sources[i].data.subarray(0, 8))).toEqual(first8);
    expect(sources[i].data.reduce((a, b) => a + b, 0)).toBe(sum);
  });
});

describe('operations', () => {
  it('the file holds every operation', () => {
    expect(new Set(file.cases.map(({ op }) => op))).toEqual(new Set(Object.keys(LEVELS)));
  });

  it.each(file.cases.map((entry, i) => [i, entry.op, entry] as const))('case %i: %s', (_i, op, entry) => {
    const input = entry.input ? image(entry.input) : sources[entry.source];
    const result = operations[op](input, entry.params);
    expect([result.height, result.width, 3]).toEqual(entry.result.shape);
    const { worst, mean } = compare(result.data, entry.result.data);
    expect(worst).toBeLessThanOrEqual(LEVELS[op]);
    expect(mean).toBeLessThanOrEqual(MEAN_DIFFERENCE);
    expect(entry.normalised !== undefined, 'chains, and only they, hold normalised values').toBe(
      op === 'chain',
    );
    if (!entry.normalised) return;
    const count = entry.normalised.length;
    expect(count).toBeGreaterThan(0);
    // The same bounds in units of a level, largest where the deviation is smallest.
    const level = 1 / (255 * Math.min(...imagenetNormalisation.std));
    const ours = compare(normalise(result, imagenetNormalisation).subarray(0, count), entry.normalised);
    expect(ours.worst).toBeLessThanOrEqual(LEVELS[op] * level * (1 + 1e-6));
    expect(ours.mean).toBeLessThanOrEqual(MEAN_DIFFERENCE * level);
    // From the file's own pixels nothing but float32 rounding remains.
    const theirs = normalise(image(entry.result), imagenetNormalisation).subarray(0, count);
    expectTensor(theirs, { data: entry.normalised }, 2e-6, 'normalised');
  });
});

/**
 * A stated q-quantile must have a share q of the sampled values below it, up to the sampling error. The values
 * are fractions of whole pixels, so at `stated` (four digits) the share jumps: q must lie within the jump.
 */
function expectQuantile(values: Float64Array, q: number, stated: number, label: string): void {
  const below = values.filter((value) => value < stated - ROUNDED).length / values.length;
  const upTo = values.filter((value) => value <= stated + ROUNDED).length / values.length;
  expect(below, `${label}: share below ${stated}`).toBeLessThanOrEqual(q + SAMPLING_ERROR);
  expect(upTo, `${label}: share up to ${stated}`).toBeGreaterThanOrEqual(q - SAMPLING_ERROR);
}

const QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95];
const SAMPLING_ERROR = 0.01;
const ROUNDED = 5.1e-5;

describe('crop boxes', () => {
  it.each(file.cropStatistics.cases)('$width × $height, area $scale', (entry) => {
    const { height, width, scale, ratio, samples } = entry;
    const areas = new Float64Array(samples);
    const aspects = new Float64Array(samples);
    let top = 0;
    let left = 0;
    for (let i = 0; i < samples; i++) {
      const box = randomCropBox(width, height, scale, ratio, randomStream(2024, i));
      areas[i] = (box.width * box.height) / (width * height);
      aspects[i] = box.width / box.height;
      top += box.top / Math.max(1, height - box.height);
      left += box.left / Math.max(1, width - box.width);
    }
    expect(Math.abs(top / samples - entry.topMean)).toBeLessThanOrEqual(SAMPLING_ERROR);
    expect(Math.abs(left / samples - entry.leftMean)).toBeLessThanOrEqual(SAMPLING_ERROR);
    const areaMean = areas.reduce((a, b) => a + b, 0) / samples;
    expect(Math.abs(areaMean - entry.areaMean)).toBeLessThanOrEqual(SAMPLING_ERROR);
    expect(entry.areaQuantiles).toHaveLength(QUANTILES.length);
    expect(entry.aspectQuantiles).toHaveLength(QUANTILES.length);
    QUANTILES.forEach((q, i) => {
      expectQuantile(areas, q, entry.areaQuantiles[i], `area ${q}`);
      expectQuantile(aspects, q, entry.aspectQuantiles[i], `aspect ${q}`);
    });
  });
});
