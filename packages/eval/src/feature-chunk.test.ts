import { expect, it } from 'vitest';
import { FeatureShapeError } from './errors.ts';
import { collect, countRows } from './feature-chunk.ts';

it('collect joins chunks, synchronous or not, in order', async () => {
  async function* chunks() {
    yield {
      features: Float32Array.of(1, 2, 3, 4),
      size: 2,
      indices: Int32Array.of(7, 5),
      labels: Int32Array.of(0, 1),
    };
    yield { features: new Float32Array(0), size: 2, indices: new Int32Array(0) };
    yield { features: Float32Array.of(5, 6), size: 2, indices: Int32Array.of(9), labels: Int32Array.of(2) };
  }
  expect(await collect(chunks())).toEqual({
    features: Float32Array.of(1, 2, 3, 4, 5, 6),
    size: 2,
    indices: Int32Array.of(7, 5, 9),
    labels: Int32Array.of(0, 1, 2),
  });
});

it('collect numbers rows in the order of arrival where chunks have no indices', async () => {
  const joined = await collect([
    { features: Float32Array.of(1, 2), size: 1 },
    { features: Float32Array.of(3), size: 1 },
  ]);
  expect(joined).toEqual({ features: Float32Array.of(1, 2, 3), size: 1, indices: Int32Array.of(0, 1, 2) });
});

it('collect refuses no rows, different sizes and labels on some chunks only', async () => {
  const one = { features: Float32Array.of(1, 2), size: 2 };
  await expect(collect([])).rejects.toThrow(FeatureShapeError);
  await expect(collect([one, { features: Float32Array.of(1), size: 1 }])).rejects.toThrow(/size 1.*size 2/);
  await expect(collect([one, { ...one, labels: Int32Array.of(0) }])).rejects.toThrow(/some have none/);
});

it.each([
  [{ features: new Float32Array(5), size: 2 }, /bank: 5 values.*size 2/],
  [{ features: new Float32Array(4), size: 0 }, /size is 0/],
  [{ features: new Float32Array(4), size: 2, labels: new Int32Array(3) }, /3 labels for 2 rows/],
  [{ features: new Float32Array(4), size: 2, indices: new Int32Array(1) }, /1 indices for 2 rows/],
])('countRows refuses arrays that do not fit: %#', (chunk, message) => {
  expect(() => countRows(chunk, 'bank')).toThrow(FeatureShapeError);
  expect(() => countRows(chunk, 'bank')).toThrow(message);
});
