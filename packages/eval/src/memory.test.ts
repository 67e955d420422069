import { expect, it } from 'vitest';
import { randomValues } from '../test/brute-force.ts';
import { knn } from './knn.ts';
import { nearestNeighbours } from './nearest-neighbours.ts';

const MEBIBYTE = 2 ** 20;

function rows(count: number, size: number, seed: number) {
  const random = randomValues(seed);
  return {
    features: Float32Array.from({ length: count * size }, random),
    size,
    labels: Int32Array.from({ length: count }, (_, i) => i % 7),
  };
}

it('k-NN of more queries than fit one sweep stays under 256 MiB of scratch', async () => {
  const bank = rows(300, 2, 1);
  const queries = rows(53_000, 2, 2);
  const start = process.memoryUsage().arrayBuffers;
  let peak = 0;
  let sweeps = 0;
  const measured = function* () {
    sweeps++;
    for (let row = 0; row < 300; row += 100) {
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - start);
      yield {
        features: bank.features.subarray(row * 2, (row + 100) * 2),
        size: 2,
        labels: bank.labels.subarray(row, row + 100),
      };
    }
    peak = Math.max(peak, process.memoryUsage().arrayBuffers - start);
  };
  await knn({ bank: measured, queries, classes: 7, k: [20, 200] });
  expect(sweeps).toBe(2);
  expect(peak).toBeGreaterThan(100 * MEBIBYTE);
  expect(peak).toBeLessThan(256 * MEBIBYTE);
});

it('a bank in one giant chunk needs no more than tiles', async () => {
  const bank = rows(1_000_000, 8, 3);
  const queries = rows(3, 8, 4);
  const start = process.memoryUsage().arrayBuffers;
  await nearestNeighbours({ bank: [bank], queries, k: 200 });
  expect(process.memoryUsage().arrayBuffers - start).toBeLessThan(32 * MEBIBYTE);
});
