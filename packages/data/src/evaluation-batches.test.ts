import { centreCrop, normalise, type RgbImage, resize } from '@excb/augment';
import { expect, test } from 'vitest';
import { encoder, folderOf, pattern, temporaryFolder, writeFiles } from '../test/sample-images.ts';
import { threads } from '../test/threads.ts';
import { BrokenImageError, ImageSizeError, TooManyBrokenImagesError } from './errors.ts';
import { type EvaluationOptions, evaluationBatches, type ImageBatch } from './evaluation-batches.ts';
import type { ImageSource } from './image-source.ts';
import { openFolder } from './open-folder.ts';
import { fromPixels } from './pixel-source.ts';

const normalisation = { mean: [0.5, 0.4, 0.3], std: [0.2, 0.25, 0.3] } as const;
const options: EvaluationOptions = { batch: 4, normalisation, workers: 0 };

async function collect(batches: AsyncIterable<ImageBatch>): Promise<ImageBatch[]> {
  const all: ImageBatch[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}

/** The batch that holds these images. */
function expectImages({ images }: ImageBatch, expected: RgbImage[]): void {
  const [{ width, height }] = expected;
  expect(images.shape).toEqual([expected.length, height, width, 3]);
  const values = expected.flatMap((image) => [...normalise(image, normalisation)]);
  expect([...images.data]).toEqual(values);
}

test('whole images, in order, with labels', async () => {
  const made = Array.from({ length: 6 }, (_, i) => pattern(7, 5, i));
  const source = fromPixels(made, { labels: [1, 0, 2, 1, 0, 2], classes: ['a', 'b', 'c'] });
  const batches = await collect(evaluationBatches(source, options));
  expect(batches.map(({ indices }) => [...indices])).toEqual([
    [0, 1, 2, 3],
    [4, 5],
  ]);
  expect(batches.map(({ labels }) => [...(labels as Int32Array)])).toEqual([
    [1, 0, 2, 1],
    [0, 2],
  ]);
  expectImages(batches[0], made.slice(0, 4));
  expectImages(batches[1], made.slice(4));
  expect((await collect(evaluationBatches(fromPixels(made), options)))[0].labels).toBeUndefined();
});

test('resize by the shorter side, then crop the middle; threads change nothing', async () => {
  const made = [
    pattern(40, 24, 1),
    pattern(24, 40, 2),
    pattern(12, 12, 3),
    pattern(64, 64, 4),
    pattern(30, 12, 5),
  ];
  const folder = await temporaryFolder();
  for (const [i, image] of made.entries()) {
    await writeFiles(folder, { [`${i}.png`]: await encoder(image).png().toBuffer() });
  }
  const source = await openFolder(folder);
  const framed = { ...options, resize: 12, crop: 10 };
  const batches = await collect(evaluationBatches(source, framed));
  const expected = made.map((image) => centreCrop(resize(image, 12), 10));
  expectImages(batches[0], expected.slice(0, 4));
  expectImages(batches[1], expected.slice(4));
  const before = threads();
  expect(await collect(evaluationBatches(source, { ...framed, workers: 1 }))).toEqual(batches);
  for await (const _ of evaluationBatches(source, { ...framed, workers: 1 })) {
    expect(threads()).toBeGreaterThan(before);
    break;
  }
  expect(threads()).toBe(before);
});

test('broken images are left out and named', async () => {
  const folder = await writeFiles(await folderOf(9), { '01.png': 'no', '08.png': 'no' });
  const pass = evaluationBatches(await openFolder(folder), options);
  for (let round = 0; round < 2; round++) {
    const batches = await collect(pass);
    expect(batches.map(({ indices }) => [...indices])).toEqual([
      [0, 2, 3],
      [4, 5, 6, 7],
    ]);
    expectImages(batches[0], [pattern(20, 16, 0), pattern(20, 16, 2), pattern(20, 16, 3)]);
    expect(pass.skipped.map(({ name }) => name)).toEqual(['01.png', '08.png']);
  }
  const failing = evaluationBatches(await openFolder(folder), { ...options, onError: 'fail' });
  await expect(collect(failing)).rejects.toThrow(BrokenImageError);
});

test('nothing but broken images is an error', async () => {
  const folder = await writeFiles(await temporaryFolder(), { 'a.png': 'no', 'b.png': 'no' });
  await expect(collect(evaluationBatches(await openFolder(folder), options))).rejects.toThrow(
    TooManyBrokenImagesError,
  );
});

test('images that do not fit together are an error that names one', async () => {
  const fails = async (images: RgbImage[], changes: Partial<EvaluationOptions>, message: RegExp) => {
    const source: ImageSource = fromPixels(images, { names: images.map((_, i) => `n${i}`) });
    const error = await collect(evaluationBatches(source, { ...options, ...changes })).catch(
      (thrown) => thrown,
    );
    expect(error).toBeInstanceOf(ImageSizeError);
    expect(error.message).toMatch(message);
  };
  await fails(
    [pattern(8, 8), pattern(8, 9)],
    {},
    /image 1, n1, is 8 × 9, expected 8 × 8 like the images before it/,
  );
  await fails([pattern(8, 8), pattern(8, 9)], { batch: 1 }, /image 1, n1, is 8 × 9/);
  await fails([pattern(8, 8), pattern(8, 12)], { resize: 4 }, /pass resize and crop/);
  await fails(
    [pattern(8, 8), pattern(5, 9)],
    { crop: 6 },
    /image 1, n1, is 5 × 9, expected at least the crop, 6 × 6/,
  );
  expect(() => evaluationBatches(fromPixels([pattern(8, 8)]), { ...options, resize: 4, crop: 5 })).toThrow(
    /crop is 5, expected at most resize, 4/,
  );
});
