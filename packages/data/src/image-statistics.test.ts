import { describe, expect, test } from 'vitest';
import { folderOf, pattern, writeFiles } from '../test/sample-images.ts';
import { BrokenImageError, EmptySourceError, type SkippedImage, TooManyBrokenImagesError } from './errors.ts';
import { imageStatistics } from './image-statistics.ts';
import { openFolder } from './open-folder.ts';
import { fromPixels } from './pixel-source.ts';
import { subset } from './subset.ts';

const images = Array.from({ length: 150 }, (_, i) => pattern(5 + (i % 4), 3 + (i % 3), i));

test('mean and deviation over all pixels, in two passes of floats', async () => {
  const { mean, std } = await imageStatistics(fromPixels(images));
  for (const c of [0, 1, 2]) {
    const values = images.flatMap(({ data }) =>
      [...data].filter((_, i) => i % 3 === c).map((value) => value / 255),
    );
    const average = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((a, b) => a + (b - average) ** 2, 0) / values.length;
    expect(mean[c]).toBeCloseTo(average, 12);
    expect(std[c]).toBeCloseTo(Math.sqrt(variance), 12);
  }
});

test('threads change nothing', async () => {
  const source = fromPixels(images);
  const expected = await imageStatistics(source, { workers: 0 });
  expect(await imageStatistics(source, { workers: 1 })).toEqual(expected);
});

test('one colour has no deviation', async () => {
  const data = Uint8Array.from({ length: 75 }, (_, i) => [51, 0, 255][i % 3]);
  const { mean, std } = await imageStatistics(fromPixels([{ width: 5, height: 5, data }]));
  expect(mean).toEqual([0.2, 0, 1]);
  expect(std).toEqual([0, 0, 0]);
});

describe('broken images', () => {
  test('are left out and told of, or end it', async () => {
    const source = await openFolder(await writeFiles(await folderOf(5), { '02.png': 'no' }));
    const skipped: SkippedImage[] = [];
    const onSkip = (image: SkippedImage) => skipped.push(image);
    const found = await imageStatistics(source, { workers: 0, onSkip });
    expect(found).toEqual(await imageStatistics(subset(source, [0, 1, 3, 4]), { workers: 0 }));
    expect(skipped.map(({ index, name }) => [index, name])).toEqual([[2, '02.png']]);
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    await imageStatistics(source, { workers: 0 });
    expect((await warned).message).toMatch(/left out 1 images .* 02\.png/);
    await expect(imageStatistics(source, { workers: 0, onError: 'fail' })).rejects.toThrow(BrokenImageError);
    await expect(imageStatistics(subset(source, [2]), { workers: 0 })).rejects.toThrow(
      TooManyBrokenImagesError,
    );
    await expect(imageStatistics(subset(source, []))).rejects.toThrow(EmptySourceError);
  });
});
