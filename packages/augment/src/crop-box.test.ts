import { describe, expect, it } from 'vitest';
import { OptionError, randomCropBox, randomStream } from './index.ts';

describe('randomCropBox', () => {
  it.each([
    [1, 1],
    [1, 50],
    [1000, 2],
    [3, 7],
    [64, 48],
    [500, 375],
  ])('stays inside %i × %i', (width, height) => {
    for (let i = 0; i < 500; i++) {
      const box = randomCropBox(width, height, [0.05, 1], [3 / 4, 4 / 3], randomStream(3, i));
      expect(Object.values(box).every(Number.isSafeInteger)).toBe(true);
      expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(1);
      expect(Math.min(box.top, box.left)).toBeGreaterThanOrEqual(0);
      expect(box.top + box.height).toBeLessThanOrEqual(height);
      expect(box.left + box.width).toBeLessThanOrEqual(width);
    }
  });

  it('reaches every place a box can have', () => {
    const places = new Set<string>();
    for (let i = 0; i < 1000; i++) {
      const { top, left } = randomCropBox(4, 4, [0.25, 0.25], [1, 1], randomStream(4, i));
      places.add(`${top},${left}`);
    }
    expect(places.size).toBe(9);
  });

  it('falls back to the largest centred box of the nearest aspect', () => {
    const random = randomStream(1);
    // No crop of this aspect holds the whole area of a very wide or very tall image.
    expect(randomCropBox(100, 30, [1, 1], [3 / 4, 4 / 3], random)).toEqual({
      top: 0,
      left: 30,
      height: 30,
      width: 40,
    });
    expect(randomCropBox(30, 101, [1, 1], [3 / 4, 4 / 3], random)).toEqual({
      top: 30,
      left: 0,
      height: 40,
      width: 30,
    });
    expect(randomCropBox(1, 9, [1, 1], [3, 4], random)).toEqual({ top: 4, left: 0, height: 1, width: 1 });
  });

  it('falls back to the whole image where its own aspect is allowed', () => {
    const never = { next: () => 0.999 };
    // Aspect at its upper end: the box would be wider than the image in every try.
    expect(randomCropBox(50, 50, [1, 1], [3 / 4, 4 / 3], never)).toEqual({
      top: 0,
      left: 0,
      height: 50,
      width: 50,
    });
  });

  it('rejects areas and aspects that cannot be', () => {
    const random = randomStream(1);
    for (const area of [[0, 1], [0.5, 1.1], [0.6, 0.5], [0.5]] as unknown as [number, number][]) {
      expect(() => randomCropBox(9, 9, area, [1, 1], random)).toThrow(OptionError);
    }
    expect(() => randomCropBox(9, 9, [0.5, 1], [0, 1], random)).toThrow(/aspect is \[0,1\], expected a pair/);
    expect(() => randomCropBox(0, 9, [0.5, 1], [1, 1], random)).toThrow(/width is 0/);
  });
});
