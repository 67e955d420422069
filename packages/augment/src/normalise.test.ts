import { describe, expect, it } from 'vitest';
import { noiseImage } from '../test/noise-image.ts';
import { ImageError, imagenetNormalisation, normalise, OptionError } from './index.ts';

describe('normalise', () => {
  it('keeps the order of the image and equals the formula', () => {
    const image = noiseImage(5, 3);
    const { mean, std } = imagenetNormalisation;
    const values = normalise(image, imagenetNormalisation);
    expect(values).toHaveLength(45);
    values.forEach((value, i) => {
      expect(value).toBeCloseTo((image.data[i] / 255 - mean[i % 3]) / std[i % 3], 5);
    });
  });

  it('has the red deviation of the authors', () => {
    expect(imagenetNormalisation).toEqual({ mean: [0.485, 0.456, 0.406], std: [0.228, 0.224, 0.225] });
  });

  it('writes into a batch at an offset and nowhere else', () => {
    const image = noiseImage(2, 2);
    const batch = new Float32Array(36).fill(7);
    expect(normalise(image, imagenetNormalisation, batch, 12)).toBe(batch);
    expect(batch.subarray(12, 24)).toEqual(normalise(image, imagenetNormalisation));
    expect(batch.subarray(0, 12).every((v) => v === 7)).toBe(true);
    expect(batch.subarray(24).every((v) => v === 7)).toBe(true);
  });

  it('rejects arrays without room and deviations of nothing', () => {
    const image = noiseImage(2, 2);
    const { mean, std } = imagenetNormalisation;
    expect(() => normalise(image, imagenetNormalisation, new Float32Array(12), 1)).toThrow(ImageError);
    expect(() => normalise(image, imagenetNormalisation, new Float32Array(12), -1)).toThrow(/from offset -1/);
    expect(() => normalise(image, { mean, std: [0.2, 0, 0.2] })).toThrow(
      /std\[1\] is 0, expected a number above 0/,
    );
    expect(() => normalise(image, { mean: [0.5] as unknown as typeof mean, std })).toThrow(OptionError);
  });
});
