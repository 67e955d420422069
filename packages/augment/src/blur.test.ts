import { describe, expect, it } from 'vitest';
import { noiseImage } from '../test/noise-image.ts';
import { gaussianBlur, OptionError, type RgbImage } from './index.ts';

/** Walks from the middle and turns round at the borders. */
function bounce(from: number, by: number, length: number): number {
  if (length === 1) return 0;
  let position = from;
  let direction = Math.sign(by);
  for (let step = 0; step < Math.abs(by); step++) {
    if (position + direction < 0 || position + direction >= length) direction = -direction;
    position += direction;
  }
  return position;
}

/** The two-dimensional sum over the whole kernel, before rounding. */
function reference({ width, height, data }: RgbImage, sigma: number, kernel: number): number[] {
  const radius = (kernel - 1) / 2;
  const result: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        let total = 0;
        for (let dy = -radius; dy <= radius; dy++) {
          for (let dx = -radius; dx <= radius; dx++) {
            const weight = Math.exp((-0.5 * (dx * dx + dy * dy)) / sigma ** 2);
            sum += weight * data[(bounce(y, dy, height) * width + bounce(x, dx, width)) * 3 + c];
            total += weight;
          }
        }
        result.push(sum / total);
      }
    }
  }
  return result;
}

describe('gaussianBlur', () => {
  const sizes: [number, number][] = [
    [1, 1],
    [2, 1],
    [1, 7],
    [3, 2],
    [40, 3],
    [11, 16],
  ];
  it.each(sizes)('%i × %i equals the two-dimensional sum', (width, height) => {
    const image = noiseImage(width, height);
    for (const kernel of [1, 3, 5, 9, 11, 23]) {
      for (const sigma of [0.1, 0.5, 2, 6]) {
        const result = gaussianBlur(image, sigma, kernel);
        const expected = reference(image, sigma, kernel);
        const worst = expected.reduce((most, v, i) => Math.max(most, Math.abs(v - result.data[i])), 0);
        expect(worst, `kernel ${kernel}, sigma ${sigma}`).toBeLessThan(0.502);
      }
    }
  });

  it('works in place, also on a Buffer', () => {
    const image = noiseImage(12, 9);
    const expected = gaussianBlur(image, 1.3, 9);
    const buffer = { ...image, data: Buffer.from(image.data) };
    expect(gaussianBlur(buffer, 1.3, 9, buffer)).toBe(buffer);
    expect(Array.from(buffer.data)).toEqual(Array.from(expected.data));
    expect(gaussianBlur(image, 1.3, 9, image)).toEqual(expected);
  });

  it('rejects even kernels and widths of nothing', () => {
    const image = noiseImage(4, 4);
    expect(() => gaussianBlur(image, 1, 4)).toThrow(OptionError);
    expect(() => gaussianBlur(image, 1, 4)).toThrow(/kernel is 4, expected an odd number/);
    expect(() => gaussianBlur(image, 0, 5)).toThrow(/sigma is 0, expected a number above 0/);
    expect(() => gaussianBlur(image, Number.NaN, 5)).toThrow(OptionError);
  });
});
