import { describe, expect, it } from 'vitest';
import { noiseImage } from '../test/noise-image.ts';
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  flip,
  grey,
  ImageError,
  OptionError,
  type RgbImage,
  solarise,
} from './index.ts';

type Operation = (image: RgbImage, out?: RgbImage) => RgbImage;

const operations: [string, Operation][] = [
  ['brightness', (image, out) => adjustBrightness(image, 1.3, out)],
  ['contrast', (image, out) => adjustContrast(image, 0.7, out)],
  ['saturation', (image, out) => adjustSaturation(image, 1.4, out)],
  ['hue', (image, out) => adjustHue(image, 0.08, out)],
  ['grey', (image, out) => grey(image, out)],
  ['solarise', (image, out) => solarise(image, 128, out)],
  ['flip', (image, out) => flip(image, out)],
];

const pixel = (...data: number[]): RgbImage => ({ width: 1, height: 1, data: Uint8Array.from(data) });

describe.each(operations)('%s', (_name, operation) => {
  it.each([
    [1, 1],
    [1, 8],
    [301, 1],
    [7, 5],
  ])('leaves a %i × %i input alone unless it is the output', (width, height) => {
    const image = noiseImage(width, height);
    const before = image.data.slice();
    const result = operation(image);
    expect([result.width, result.height]).toEqual([width, height]);
    expect(image.data).toEqual(before);
    expect(operation(image, image)).toBe(image);
    expect(image.data).toEqual(result.data);
  });

  it('changes something', () => {
    const image = noiseImage(7, 5);
    expect(operation(image).data).not.toEqual(image.data);
  });

  it('rejects malformed images and outputs of another size', () => {
    expect(() => operation({ width: 2, height: 2, data: new Uint8Array(16) })).toThrow(ImageError);
    expect(() => operation(noiseImage(3, 4), noiseImage(4, 3))).toThrow(
      /the output image is 4 × 3, expected 3 × 4/,
    );
  });
});

describe('factors', () => {
  const adjust = { adjustBrightness, adjustContrast, adjustSaturation };

  it.each(Object.entries(adjust))(
    '%s: 1 changes nothing; negative and missing factors are rejected',
    (_name, f) => {
      const image = noiseImage(9, 9);
      expect(f(image, 1).data).toEqual(image.data);
      expect(() => f(image, -0.1)).toThrow(OptionError);
      expect(() => f(image, Number.NaN)).toThrow(/factor is NaN, expected a number of at least 0/);
      expect(() => f(image, Number.POSITIVE_INFINITY)).toThrow(OptionError);
    },
  );

  it('reach their ends at 0 and clip above', () => {
    const image = noiseImage(9, 9);
    expect(adjustBrightness(image, 0).data.every((v) => v === 0)).toBe(true);
    expect(adjustBrightness(image, 1e9).data.every((v, i) => v === (image.data[i] === 0 ? 0 : 255))).toBe(
      true,
    );
    expect(new Set(adjustContrast(image, 0).data).size).toBe(1);
    expect(adjustSaturation(image, 0).data).toEqual(grey(image).data);
  });

  it('contrast turns round the mean of the grey image', () => {
    const image = { width: 2, height: 1, data: Uint8Array.from([10, 10, 10, 31, 31, 31]) };
    // Mean 20.5 rounds to 21: 21 + 2·(10 − 21) = −1, clipped; 21 + 2·(31 − 21) = 41.
    expect(Array.from(adjustContrast(image, 2).data)).toEqual([0, 0, 0, 41, 41, 41]);
  });
});

describe('adjustHue', () => {
  it('leaves grey pixels alone', () => {
    const levels = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
    expect(adjustHue({ width: 256, height: 1, data: levels }, 0.37).data).toEqual(levels);
  });

  it('turns pure colours round the circle', () => {
    expect(Array.from(adjustHue(pixel(255, 0, 0), 1 / 3).data)).toEqual([0, 255, 0]);
    expect(Array.from(adjustHue(pixel(0, 255, 0), 1 / 3).data)).toEqual([0, 0, 255]);
    // The circle has 256 steps where a turn has 255, so that below red it is one step off.
    expect(Array.from(adjustHue(pixel(255, 0, 0), -1 / 3).data)).toEqual([6, 0, 255]);
  });

  it('a turn forth and back comes near the start', () => {
    const image = noiseImage(16, 16);
    const back = adjustHue(adjustHue(image, 0.25), -0.25);
    const difference =
      image.data.reduce((sum, v, i) => sum + Math.abs(v - back.data[i]), 0) / image.data.length;
    expect(difference).toBeLessThan(3);
  });

  it('rejects more than half a turn', () => {
    expect(() => adjustHue(pixel(1, 2, 3), 0.51)).toThrow(
      /hue shift is 0.51, expected a number from -0.5 to 0.5/,
    );
  });
});

describe('solarise', () => {
  it('inverts from the threshold on', () => {
    expect(Array.from(solarise(pixel(127, 128, 255)).data)).toEqual([127, 127, 0]);
    expect(Array.from(solarise(pixel(0, 128, 255), 256).data)).toEqual([0, 128, 255]);
    expect(Array.from(solarise(pixel(0, 128, 255), 0).data)).toEqual([255, 127, 0]);
    expect(() => solarise(pixel(0, 1, 2), 300)).toThrow(OptionError);
  });
});

describe('flip', () => {
  it('mirrors rows of odd and even length', () => {
    expect(Array.from(flip({ width: 2, height: 1, data: Uint8Array.from([1, 2, 3, 4, 5, 6]) }).data)).toEqual(
      [4, 5, 6, 1, 2, 3],
    );
    const image = noiseImage(5, 3);
    expect(flip(flip(image))).toEqual(image);
    expect(flip(image).data.subarray(6, 9)).toEqual(image.data.subarray(6, 9));
  });
});
