import { describe, expect, it } from 'vitest';
import { bruteForce, randomRows, split } from '../test/brute-force.ts';
import { BankSweepError, BankTooSmallError, FeatureShapeError, NonFiniteFeatureError } from './errors.ts';
import type { FeatureRows } from './feature-chunk.ts';
import { blockNeighbours, nearestNeighbours } from './nearest-neighbours.ts';
import { neighbourBlocks, type SearchLimits } from './neighbour-blocks.ts';

const grid = [1, 2, 3, 4, 5, 9, 64, 131].flatMap((bankRows) =>
  [1, 2, 3, 7, 20].flatMap((queryRows) => [1, 2, 5, 16].map((size) => ({ bankRows, queryRows, size }))),
);

describe('nearestNeighbours equals brute force, ties to the first row', () => {
  it.each(grid)('$bankRows × $queryRows rows of size $size', async ({ bankRows, queryRows, size }) => {
    const bank = randomRows(bankRows, size, 3, bankRows + size);
    const queries = randomRows(queryRows, size, 3, 1000 + queryRows);
    const expected = bruteForce(bank, queries);
    for (const k of new Set([1, Math.min(10, bankRows), bankRows])) {
      for (const chunkRows of [1, 7, bankRows]) {
        const found = await nearestNeighbours({ bank: split(bank, chunkRows), queries, k });
        const sorted = expected.map((all) => all.slice(0, k));
        expect([...found.rows]).toEqual(sorted.flatMap((all) => all.map(({ row }) => row)));
        expect([...found.labels!]).toEqual(sorted.flatMap((all) => all.map(({ row }) => bank.labels[row])));
        sorted.flat().forEach(({ similarity }, i) => {
          expect(Math.abs(found.similarities[i] - similarity)).toBeLessThan(1e-6);
        });
      }
    }
  });
});

it.each<Partial<SearchLimits>>([
  { bankTileRows: 1, queryTileRows: 1 },
  { bankTileRows: 5, queryTileRows: 4 },
  { bankTileBytes: 200, queryTileBytes: 64 },
  { tableBytes: 1 },
  { tableBytes: 16 * 10 * 6, bankTileRows: 64 },
])('tiles and sweeps change nothing: %o', async (limits) => {
  const bank = randomRows(150, 6, 3, 1);
  const queries = randomRows(23, 6, 3, 2);
  const whole = await nearestNeighbours({ bank: [bank], queries, k: 10 });
  const rows: number[] = [];
  const similarities: number[] = [];
  for await (const block of neighbourBlocks({ bank: split(bank, 9), queries, k: 10, limits })) {
    expect(block.firstQuery * 10).toBe(rows.length);
    const part = blockNeighbours(block, 6);
    rows.push(...part.rows);
    similarities.push(...part.similarities);
  }
  expect(rows).toEqual([...whole.rows]);
  expect(similarities).toEqual([...whole.similarities]);
});

it('joins the blocks of several sweeps', async () => {
  const bank = randomRows(40, 4, 3, 3);
  const queries = randomRows(11, 4, 3, 4);
  const options = { bank: [bank], queries, k: 5 };
  const limited = { ...options, limits: { tableBytes: 16 * 5 * 3 } };
  expect(await nearestNeighbours(limited)).toEqual(await nearestNeighbours(options));
});

it('reads a bank from a generator, an async generator and a function', async () => {
  const bank = randomRows(30, 4, 3, 5);
  const queries = randomRows(4, 4, 3, 6);
  const expected = await nearestNeighbours({ bank: [bank], queries, k: 3 });
  function* chunks() {
    yield* split(bank, 8);
  }
  async function* asyncChunks() {
    yield* split(bank, 8);
  }
  for (const source of [chunks(), asyncChunks(), chunks, asyncChunks]) {
    expect(await nearestNeighbours({ bank: source, queries, k: 3 })).toEqual(expected);
  }
});

it('refuses a generator where the bank is read twice, and a bank that changed', async () => {
  const bank = randomRows(30, 4, 3, 5);
  const queries = randomRows(4, 4, 3, 6);
  const read = async (source: Parameters<typeof neighbourBlocks>[0]['bank']) => {
    for await (const _ of neighbourBlocks({ bank: source, queries, k: 3, limits: { tableBytes: 96 } }));
  };
  function* chunks() {
    yield bank;
  }
  await read(chunks);
  await expect(read(chunks())).rejects.toThrow(BankSweepError);
  await expect(read(chunks())).rejects.toThrow(/4 queries with k = 3 need 2 sweeps/);
  const shrinking = [[bank], split(bank, 10).slice(1)];
  await expect(read(() => shrinking.shift()!)).rejects.toThrow(/30 rows in its first sweep and 20/);
});

it('gives sample numbers from the indices, or the row where there are none', async () => {
  const bank = randomRows(12, 3, 3, 7);
  const queries = randomRows(2, 3, 3, 8);
  bank.indices = bank.indices.map((i) => 100 - i);
  const named = await nearestNeighbours({ bank: split(bank, 5), queries, k: 4 });
  expect([...named.samples]).toEqual([...named.rows].map((row) => 100 - row));
  const plain: FeatureRows[] = split(bank, 5).map(({ features, size }) => ({ features, size }));
  const unnamed = await nearestNeighbours({ bank: plain, queries, k: 4 });
  expect(unnamed.samples).toEqual(named.rows);
  expect(unnamed.labels).toBeUndefined();
});

it('leaves a query out of its own neighbours', async () => {
  const rows = randomRows(25, 4, 3, 9);
  const found = await nearestNeighbours({ bank: split(rows, 6), queries: rows, k: 24, leaveOneOut: true });
  const expected = bruteForce(rows, rows).map((all, query) =>
    all.map(({ row }) => row).filter((row) => row !== query),
  );
  expect([...found.rows]).toEqual(expected.flat());
  await expect(nearestNeighbours({ bank: [rows], queries: rows, k: 25, leaveOneOut: true })).rejects.toThrow(
    /k is 25, but the bank has 25 rows \(24 beside a query itself\)/,
  );
  const { features, size } = rows;
  await expect(
    nearestNeighbours({ bank: [{ features, size }], queries: rows, k: 1, leaveOneOut: true }),
  ).rejects.toThrow(FeatureShapeError);
});

it('takes the cosine of a zero vector as 0', async () => {
  const bank = { features: Float32Array.of(-1, 0, 0, 0, 1, 1), size: 2 };
  const queries = { features: Float32Array.of(1, 0), size: 2 };
  const { rows, similarities } = await nearestNeighbours({ bank: [bank], queries, k: 3 });
  expect([...rows]).toEqual([2, 1, 0]);
  expect(similarities[1]).toBe(0);
  expect(similarities[2]).toBe(-1);
});

it('changes no feature it is given', async () => {
  const bank = randomRows(10, 3, 3, 10);
  const queries = randomRows(3, 3, 3, 11);
  const before = [bank.features.slice(), queries.features.slice()];
  await nearestNeighbours({ bank: [bank], queries, k: 2 });
  expect([bank.features, queries.features]).toEqual(before);
});

it.each([Number.NaN, Number.POSITIVE_INFINITY])('names the row that holds %f', async (value) => {
  const bank = randomRows(30, 4, 3, 12);
  const queries = randomRows(5, 4, 3, 13);
  bank.features[17 * 4 + 2] = value;
  const search = nearestNeighbours({ bank: split(bank, 7), queries, k: 1 });
  await expect(search).rejects.toThrow(NonFiniteFeatureError);
  await expect(search).rejects.toThrow(/bank row 17 /);
  bank.features[17 * 4 + 2] = 0;
  queries.features[3 * 4] = value;
  await expect(nearestNeighbours({ bank: [bank], queries, k: 1 })).rejects.toThrow(/queries row 3 /);
});

it('refuses sizes that differ, empty sides, and k that is no count or above the bank', async () => {
  const bank = randomRows(6, 4, 3, 14);
  const queries = randomRows(2, 4, 3, 15);
  const other = randomRows(2, 3, 3, 16);
  const none = { features: new Float32Array(0), size: 4 };
  await expect(nearestNeighbours({ bank: [bank], queries: other, k: 1 })).rejects.toThrow(/size 4.*size 3/);
  await expect(nearestNeighbours({ bank: [], queries, k: 1 })).rejects.toThrow(/bank: no rows/);
  await expect(nearestNeighbours({ bank: [none], queries, k: 1 })).rejects.toThrow(/bank: no rows/);
  await expect(nearestNeighbours({ bank: [bank], queries: none, k: 1 })).rejects.toThrow(/queries: no rows/);
  await expect(nearestNeighbours({ bank: [bank], queries, k: 0 })).rejects.toThrow(/k is 0/);
  await expect(nearestNeighbours({ bank: [bank], queries, k: 7 })).rejects.toThrow(BankTooSmallError);
  await expect(nearestNeighbours({ bank: [bank], queries, k: 7 })).rejects.toThrow(/k is 7.*6 rows/);
  const { features, size } = bank;
  await expect(nearestNeighbours({ bank: [bank, { features, size }], queries, k: 1 })).rejects.toThrow(
    /from row 6 on has no labels/,
  );
});
