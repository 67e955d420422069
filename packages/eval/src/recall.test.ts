import { expect, it } from 'vitest';
import { bruteForce, randomRows, split } from '../test/brute-force.ts';
import { LabelError } from './errors.ts';
import { nearestNeighbours } from './nearest-neighbours.ts';
import { recallAt1, scoreRecallAt1 } from './recall.ts';

const bank = randomRows(80, 4, 3, 21);
const queries = randomRows(30, 4, 3, 22);
const identities = {
  bank: Int32Array.from({ length: 80 }, (_, i) => i % 4),
  queries: Int32Array.from({ length: 30 }, (_, i) => (7 * i) % 5),
};

it('recallAt1 equals brute force, in one go and from neighbours', async () => {
  const nearest = bruteForce(bank, queries).map((all) => all[0].row);
  const hits = nearest.filter((row, query) => identities.bank[row] === identities.queries[query]).length;
  expect(hits).toBeGreaterThan(0);
  const names = { bank: 'train', queries: 'query' };
  const report = await recallAt1({ bank: split(bank, 9), queries, identities, names });
  expect(report.recallAt1).toBe(hits / 30);
  expect(report.protocol).toContain('train, 80 rows');
  expect(report.protocol).toContain('query, 30 rows');
  const found = await nearestNeighbours({ bank: [bank], queries, k: 12 });
  expect(scoreRecallAt1(found, { identities, names })).toEqual(report);
});

it('counts queries of several sweeps as those of one', async () => {
  const options = { bank: [bank], queries, identities };
  const limited = { ...options, limits: { tableBytes: 16 * 7 } };
  expect(await recallAt1(limited)).toEqual(await recallAt1(options));
});

it('looks identities up by sample number, not by row', async () => {
  const subset = { ...bank, indices: bank.indices.map((i) => 79 - i) };
  const shifted = { ...queries, indices: queries.indices.map((i) => i + 1) };
  const moved = { bank: identities.bank.toReversed(), queries: Int32Array.of(-1, ...identities.queries) };
  const expected = await recallAt1({ bank: [bank], queries, identities });
  const report = await recallAt1({ bank: [subset], queries: shifted, identities: moved });
  expect(report).toEqual(expected);
  const found = await nearestNeighbours({ bank: [subset], queries: shifted, k: 1 });
  expect(scoreRecallAt1(found, { identities: moved, queryIndices: shifted.indices })).toEqual(expected);
});

it('refuses samples without an identity', async () => {
  const short = { ...identities, queries: identities.queries.slice(0, 29) };
  const search = recallAt1({ bank: [bank], queries, identities: short });
  await expect(search).rejects.toThrow(LabelError);
  await expect(search).rejects.toThrow(/queries: sample 29 has no identity, 29 were given/);
});

it('can leave the query itself out', async () => {
  const same = { bank: identities.bank, queries: identities.bank };
  const own = await recallAt1({
    bank: [bank],
    queries: bank,
    identities: { bank: bank.indices, queries: bank.indices },
    leaveOneOut: true,
  });
  expect(own.recallAt1).toBe(0);
  const others = await recallAt1({ bank: [bank], queries: bank, identities: same, leaveOneOut: true });
  const nearest = bruteForce(bank, bank).map((all, query) => all.find(({ row }) => row !== query)!.row);
  expect(others.recallAt1).toBe(nearest.filter((row, query) => row % 4 === query % 4).length / 80);
  await expect(
    recallAt1({
      bank: [
        { ...bank, features: bank.features.slice(0, 4), indices: Int32Array.of(0), labels: Int32Array.of(0) },
      ],
      queries: { features: bank.features.slice(0, 4), size: 4, indices: Int32Array.of(0) },
      identities: same,
      leaveOneOut: true,
    }),
  ).rejects.toThrow(/k is 1/);
});
