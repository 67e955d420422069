import { hostBackend, type TensorBackend } from '@excb/tensor';
import { tfjsBackend } from '@excb/tensor/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { bruteForce, bruteForceScore, randomValues, split } from '../test/brute-force.ts';
import { knn } from './knn.ts';
import { nearestNeighbours } from './nearest-neighbours.ts';
import { backendMultiplier, hostMultiplier } from './similarity-tile.ts';

/** Rows of four entries ±1 and zeros: norms and cosines are exact in float32, and most rows tie with others. */
function exactRows(rows: number, size: number, seed: number) {
  const random = randomValues(seed);
  const features = new Float32Array(rows * size);
  const labels = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    for (let set = 0; set < 4; ) {
      const at = row * size + Math.floor(((random() + 1) / 2) * size);
      if (features[at] !== 0) continue;
      features[at] = random() < 0 ? -1 : 1;
      set++;
    }
    labels[row] = Math.floor(((random() + 1) / 2) * 6);
  }
  return { features, size, labels, indices: Int32Array.from({ length: rows }, (_, i) => i) };
}

const sides = [1, 2, 3, 4, 5, 6, 7, 8, 11];
const sizes = sides.flatMap((queries) => sides.map((bank) => ({ queries, bank })));

it.each(sizes)(
  'the host multiplies $queries × $bank rows as a plain loop does',
  async ({ queries, bank }) => {
    const multiplier = hostMultiplier();
    const large = { data: new Float32Array(500).fill(9), rows: 25 };
    await multiplier(large, 5).multiply(large);
    for (const size of [1, 5]) {
      const random = randomValues(queries + 20 * bank);
      const a = Float32Array.from({ length: queries * size + 3 }, random);
      const b = Float32Array.from({ length: bank * size + 3 }, random);
      const products = await multiplier({ data: b, rows: bank }, size).multiply({ data: a, rows: queries });
      for (let i = 0; i < queries; i++) {
        for (let j = 0; j < bank; j++) {
          let sum = 0;
          for (let d = 0; d < size; d++) sum += a[i * size + d] * b[j * size + d];
          expect(products[i * bank + j]).toBe(Math.fround(sum));
        }
      }
    }
  },
);

const backends: [string, () => TensorBackend<unknown>][] = [
  ['host', () => hostBackend() as TensorBackend<unknown>],
  ['cpu', () => tfjsBackend(tf) as TensorBackend<unknown>],
  ['wasm', () => tfjsBackend(tf) as TensorBackend<unknown>],
];

describe.each(backends)('on the backend %s', (name, make) => {
  beforeAll(async () => {
    expect(await tf.setBackend(name === 'host' ? 'cpu' : name)).toBe(true);
  });

  it('neighbours and votes equal brute force, tie for tie, and no tensor is left', async () => {
    const bank = exactRows(700, 8, 31);
    const queries = exactRows(45, 8, 32);
    const expected = bruteForce(bank, queries);
    const before = tf.memory().numTensors;
    const backend = make();
    const found = await nearestNeighbours({ bank: split(bank, 100), queries, k: 60, backend });
    expect([...found.rows]).toEqual(expected.flatMap((all) => all.slice(0, 60).map(({ row }) => row)));
    const report = await knn({ bank: [bank], queries, classes: 6, k: [5, 60], backend });
    expect(report.scores).toEqual(
      [5, 60].map((k) => bruteForceScore(expected, bank.labels, queries.labels, 6, k, 0.07)),
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it('gives equal rows equal similarities wherever they lie in a tile', async () => {
    const random = randomValues(5);
    const row = Float32Array.from({ length: 37 }, random);
    const data = new Float32Array(41 * 37);
    for (let i = 0; i < 41; i++) data.set(row, i * 37);
    const query = Float32Array.from({ length: 5 * 37 }, random);
    const tile = backendMultiplier(make())({ data, rows: 41 }, 37);
    const products = await tile.multiply({ data: query, rows: 5 });
    tile.dispose();
    for (let i = 0; i < 5; i++) {
      expect(new Set(products.subarray(i * 41, (i + 1) * 41)).size).toBe(1);
    }
  });

  it('leaves no tensor when a row is refused on the way', async () => {
    const bank = exactRows(700, 8, 31);
    const queries = exactRows(45, 8, 32);
    queries.features[40 * 8] = Number.NaN;
    const before = tf.memory().numTensors;
    const search = nearestNeighbours({ bank: [bank], queries, k: 1, backend: make() });
    await expect(search).rejects.toThrow(/queries row 40 /);
    expect(tf.memory().numTensors).toBe(before);
  });
});
