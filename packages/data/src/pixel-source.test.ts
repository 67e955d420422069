import { ImageError, OptionError } from '@excb/augment';
import { expect, test } from 'vitest';
import { pattern } from '../test/sample-images.ts';
import type { ImageReference } from './image-source.ts';
import { fromPixels } from './pixel-source.ts';
import { subset } from './subset.ts';

const images = [pattern(4, 3, 1), pattern(2, 5, 2), pattern(1, 1, 3)];

function imageOf(reference: ImageReference) {
  if (reference.kind !== 'pixels') throw new Error(`expected pixels, got ${reference.kind}`);
  return reference.image;
}

test('pixels are kept, in shared memory, apart from the given arrays', () => {
  const given = images.map((image) => ({ ...image, data: image.data.slice() }));
  const source = fromPixels(given, { names: ['a', 'b', 'c'], labels: [1, 0, 1], classes: ['x', 'y'] });
  given[0].data.fill(0);
  images.forEach((image, index) => {
    const kept = imageOf(source.reference(index));
    expect(kept).toEqual(image);
    expect(kept.data.buffer).toBeInstanceOf(SharedArrayBuffer);
  });
  expect(source).toMatchObject({ name: 'pixels', length: 3, classes: ['x', 'y'] });
  expect(source.describe(1)).toEqual({ name: 'b', label: 0 });
  expect(fromPixels(images).describe(2)).toEqual({ name: '2' });
});

test('what does not fit is an error', () => {
  expect(() => fromPixels([{ width: 2, height: 2, data: new Uint8Array(16) }])).toThrow(ImageError);
  expect(() => fromPixels(images, { labels: [1] })).toThrow(OptionError);
  expect(() => fromPixels(images, { names: ['a'] })).toThrow(
    /names has 1 entries, expected one for each of the 3/,
  );
  expect(() => fromPixels(images).reference(3)).toThrow(/index 3 .* expected 0 to 2/);
  expect(() => fromPixels(images).describe(-1)).toThrow(OptionError);
});

test('a subset has the chosen images in the chosen order', () => {
  const source = fromPixels(images, { labels: [1, 0, 1], classes: ['x', 'y'] });
  const part = subset(source, Int32Array.of(2, 0, 2));
  expect(part).toMatchObject({ name: 'pixels (3 of 3)', length: 3, classes: ['x', 'y'] });
  expect([0, 1, 2].map((index) => part.describe(index).name)).toEqual(['2', '0', '2']);
  expect(imageOf(part.reference(1))).toEqual(images[0]);
  expect(subset(part, [1]).describe(0)).toEqual({ name: '0', label: 1 });
  expect(() => part.describe(3)).toThrow(/expected 0 to 2/);
  expect(() => subset(source, [3])).toThrow(OptionError);
  expect(() => subset(source, [0.5])).toThrow(OptionError);
});
