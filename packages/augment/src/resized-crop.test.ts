import { describe, expect, it } from 'vitest';
import { noiseImage } from '../test/noise-image.ts';
import {
  CropBoxError,
  centreCrop,
  flip,
  type Interpolation,
  OptionError,
  type RgbImage,
  resize,
  resizedCrop,
} from './index.ts';

const FILTERS: Record<Interpolation, { support: number; at: (x: number) => number }> = {
  bilinear: { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: {
    support: 2,
    at: (x) => {
      const a = -0.5;
      const d = Math.abs(x);
      if (d <= 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1;
      return d < 2 ? a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a : 0;
    },
  },
};

/** One axis in double precision: every input pixel weighed for every output. */
function referenceAxis(values: number[], to: number, interpolation: Interpolation): number[] {
  const { at } = FILTERS[interpolation];
  const scale = values.length / to;
  const widening = Math.max(1, scale);
  return Array.from({ length: to }, (_, x) => {
    const weights = values.map((_, i) => at((i + 0.5 - (x + 0.5) * scale) / widening));
    const total = weights.reduce((a, b) => a + b, 0);
    const sum = weights.reduce((a, w, i) => a + w * values[i], 0) / total;
    return Math.min(255, Math.max(0, Math.round(sum)));
  });
}

function reference(image: RgbImage, height: number, width: number, interpolation: Interpolation): number[] {
  const result = new Array<number>(height * width * 3);
  for (let c = 0; c < 3; c++) {
    const rows = Array.from({ length: image.height }, (_, y) => {
      const row = Array.from({ length: image.width }, (_, x) => image.data[(y * image.width + x) * 3 + c]);
      return referenceAxis(row, width, interpolation);
    });
    for (let x = 0; x < width; x++) {
      const column = referenceAxis(
        rows.map((row) => row[x]),
        height,
        interpolation,
      );
      column.forEach((value, y) => {
        result[(y * width + x) * 3 + c] = value;
      });
    }
  }
  return result;
}

const whole = ({ width, height }: RgbImage) => ({ top: 0, left: 0, width, height });

describe('resizedCrop', () => {
  const sizes: [number, number][] = [
    [1, 1],
    [1, 9],
    [7, 5],
    [13, 1],
    [97, 2],
    [20, 31],
  ];
  const targets: [number, number][] = [
    [1, 1],
    [3, 8],
    [16, 16],
    [31, 20],
  ];

  for (const interpolation of ['bicubic', 'bilinear'] as const) {
    it.each(sizes)(`${interpolation} of %i × %i equals the loops`, (width, height) => {
      const image = noiseImage(width, height);
      for (const [h, w] of targets) {
        const result = resizedCrop(image, whole(image), [h, w], interpolation);
        expect([result.height, result.width]).toEqual([h, w]);
        const expected = reference(image, h, w, interpolation);
        // Fixed-point weights may land on the other side of a half: one level in each pass.
        const differences = expected.map((v, i) => Math.abs(v - result.data[i]));
        expect(Math.max(...differences), `to ${w} × ${h}`).toBeLessThanOrEqual(2);
        const mean = differences.reduce((a, b) => a + b, 0) / differences.length;
        expect(mean, `to ${w} × ${h}`).toBeLessThan(0.1);
      }
    });
  }

  it('reads the pixels of the box alone', () => {
    const image = noiseImage(23, 17);
    const box = { top: 4, left: 6, height: 9, width: 11 };
    const cut = resizedCrop(image, box, [9, 11]);
    const other = noiseImage(23, 17, 2);
    for (let y = 0; y < box.height; y++) {
      const start = ((y + box.top) * 23 + box.left) * 3;
      const row = image.data.subarray(start, start + box.width * 3);
      expect(cut.data.subarray(y * 33, (y + 1) * 33)).toEqual(row);
      other.data.set(row, start);
    }
    for (const size of [5, 9, 16, [9, 5], [5, 11]] as const) {
      expect(resizedCrop(other, box, size)).toEqual(resizedCrop(image, box, size));
      expect(resizedCrop(image, box, size)).toEqual(resizedCrop(cut, whole(cut), size));
    }
  });

  it('mirrors as a flip afterwards would', () => {
    const image = noiseImage(29, 21);
    const box = { top: 2, left: 3, height: 16, width: 24 };
    for (const size of [8, 16, 40, [16, 24], [16, 10], [10, 24]] as const) {
      const mirrored = resizedCrop(image, box, size, 'bicubic', { mirror: true });
      expect(mirrored).toEqual(flip(resizedCrop(image, box, size)));
    }
  });

  it('keeps a flat image flat at any size', () => {
    for (const level of [0, 1, 128, 255]) {
      const image = { width: 9, height: 6, data: new Uint8Array(9 * 6 * 3).fill(level) };
      for (const size of [1, 4, 50]) {
        const { data } = resizedCrop(image, whole(image), size);
        expect(data.every((value) => value === level)).toBe(true);
      }
    }
  });

  it('leaves the image as it was and does not hand out its memory', () => {
    const image = noiseImage(6, 6);
    const before = image.data.slice();
    const copy = resizedCrop(image, whole(image), 6);
    expect(copy.data).toEqual(before);
    copy.data.fill(0);
    expect(image.data).toEqual(before);
  });

  it('reads shared memory', () => {
    const image = noiseImage(10, 8);
    const shared = { ...image, data: new Uint8Array(new SharedArrayBuffer(240)) };
    shared.data.set(image.data);
    expect(resizedCrop(shared, whole(image), 4)).toEqual(resizedCrop(image, whole(image), 4));
  });

  it('rejects boxes outside the image', () => {
    const image = noiseImage(10, 8);
    const boxes = [
      { top: -1, left: 0, height: 2, width: 2 },
      { top: 0, left: 9, height: 2, width: 2 },
      { top: 7, left: 0, height: 2, width: 2 },
      { top: 0, left: 0, height: 0, width: 2 },
      { top: 0.5, left: 0, height: 2, width: 2 },
    ];
    for (const box of boxes) expect(() => resizedCrop(image, box, 4)).toThrow(CropBoxError);
    expect(() => resizedCrop(image, boxes[1], 4)).toThrow(
      'the crop box is top 0, left 9, height 2, width 2, expected whole pixels inside the image of 10 × 8',
    );
  });

  it('rejects sizes and interpolations that do not exist', () => {
    const image = noiseImage(10, 8);
    expect(() => resizedCrop(image, whole(image), 0)).toThrow(OptionError);
    expect(() => resizedCrop(image, whole(image), [4, 2.5])).toThrow(/size is 2.5/);
    expect(() => resizedCrop(image, whole(image), 4, 'nearest' as Interpolation)).toThrow(
      /interpolation is "nearest"/,
    );
  });
});

describe('resize and centreCrop', () => {
  it('gives the shorter side the size and rounds the longer one down', () => {
    const size = ({ width, height }: RgbImage) => [width, height];
    expect(size(resize(noiseImage(56, 40), 18))).toEqual([25, 18]);
    expect(size(resize(noiseImage(29, 33), 18))).toEqual([18, 20]);
    expect(size(resize(noiseImage(5, 5), 7))).toEqual([7, 7]);
    expect(size(resize(noiseImage(300, 1), 2))).toEqual([600, 2]);
  });

  it('cuts the middle, halves to the even side', () => {
    const image = noiseImage(7, 6);
    const cut = centreCrop(image, [3, 2]);
    // (6 − 3) / 2 = 1.5 → 2, (7 − 2) / 2 = 2.5 → 2.
    const start = (2 * 7 + 2) * 3;
    expect(cut.data.subarray(0, 6)).toEqual(image.data.subarray(start, start + 6));
  });

  it('rejects a crop larger than the image', () => {
    expect(() => centreCrop(noiseImage(7, 6), 7)).toThrow(CropBoxError);
    expect(() => centreCrop(noiseImage(7, 6), 7)).toThrow(/7 × 6, expected at least 7 × 7/);
    expect(() => resize(noiseImage(7, 6), 0)).toThrow(/shorterSide is 0/);
  });
});
