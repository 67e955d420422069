import { describe, expect, it } from 'vitest';
import { bruteForce, bruteForceScore, randomRows, split } from '../test/brute-force.ts';
import { BankTooSmallError, EvaluationOptionError, LabelError } from './errors.ts';
import { formatKnnReport, knn, scoreKnn } from './knn.ts';
import { nearestNeighbours } from './nearest-neighbours.ts';

const grid = [1, 3, 10, 60].flatMap((classes) =>
  [2, 8].flatMap((size) => [0.07, 1, 0.003].map((temperature) => ({ classes, size, temperature }))),
);

describe('knn equals brute force', () => {
  it.each(grid)('$classes classes, size $size, temperature $temperature', async (setting) => {
    const { classes, size, temperature } = setting;
    const bank = randomRows(220, size, classes, classes + size);
    const queries = randomRows(40, size, classes, 99 + classes);
    const k = [1, 2, 3, 7, 20, 220];
    const neighbours = bruteForce(bank, queries);
    const expected = k.map((count) =>
      bruteForceScore(neighbours, bank.labels, queries.labels, classes, count, temperature),
    );
    for (const chunkRows of [1, 33, 220]) {
      const report = await knn({ bank: split(bank, chunkRows), queries, classes, k, temperature });
      expect(report.scores).toEqual(expected);
    }
    const found = await nearestNeighbours({ bank: [bank], queries, k: 220 });
    expect(scoreKnn(found, { queryLabels: queries.labels, classes, k, temperature }).scores).toEqual(
      expected,
    );
  });
});

/** A bank row and a query on one axis each, so that every similarity is 1 or 0. */
function axes(labels: number[], axis: number[]) {
  const features = new Float32Array(labels.length * 3);
  axis.forEach((d, row) => {
    features[row * 3 + d] = 1;
  });
  return { features, size: 3, labels: Int32Array.from(labels) };
}

describe('ties', () => {
  it('gives equal votes to the lower class', async () => {
    const bank = [axes([2, 1], [0, 0])];
    const score = async (label: number) =>
      (await knn({ bank, queries: axes([label], [0]), classes: 3, k: 2 })).scores[0];
    expect(await score(1)).toEqual({ k: 2, top1: 1, top5: 1 });
    expect(await score(2)).toEqual({ k: 2, top1: 0, top5: 1 });
    expect(await score(0)).toEqual({ k: 2, top1: 0, top5: 0 });
  });

  it('takes equally similar bank rows in the order they came', async () => {
    const queries = axes([0], [0]);
    const first = await knn({ bank: [axes([0, 1], [0, 0])], queries, classes: 2, k: 1 });
    const second = await knn({ bank: [axes([1, 0], [0, 0])], queries, classes: 2, k: 1 });
    expect([first.scores[0].top1, second.scores[0].top1]).toEqual([1, 0]);
  });

  it('ranks classes without a vote after the others, the lower first', async () => {
    const bank = [axes([7, 7, 7, 7, 7], [0, 0, 0, 0, 0])];
    const top5 = async (label: number) =>
      (await knn({ bank, queries: axes([label], [0]), classes: 9, k: 5 })).scores[0].top5;
    expect(await Promise.all([7, 0, 3, 4, 8].map(top5))).toEqual([1, 1, 1, 0, 0]);
  });
});

it('leaves out the default ks that the bank is too small for, and says so', async () => {
  const queries = randomRows(5, 4, 3, 2);
  const report = await knn({ bank: [randomRows(150, 4, 3, 1)], queries, classes: 3 });
  expect(report.scores.map(({ k }) => k)).toEqual([10, 20, 100]);
  expect(report.droppedK).toEqual([200]);
  expect(report.protocol).toContain('left out, too few neighbours: k = 200');
  const large = await knn({ bank: [randomRows(200, 4, 3, 1)], queries, classes: 3 });
  expect(large.scores.map(({ k }) => k)).toEqual([10, 20, 100, 200]);
  expect(large.protocol).not.toContain('left out');
});

it('refuses a k that was asked for and is above the bank, with both numbers', async () => {
  const bank = [randomRows(9, 4, 3, 1)];
  const queries = randomRows(5, 4, 3, 2);
  await expect(knn({ bank, queries, classes: 3, k: [5, 10] })).rejects.toThrow(BankTooSmallError);
  await expect(knn({ bank, queries, classes: 3, k: [5, 10] })).rejects.toThrow(/k is 10.*9 rows/);
  await expect(knn({ bank, queries, classes: 3 })).rejects.toThrow(/k is 10.*9 rows/);
  const found = await nearestNeighbours({ bank, queries, k: 4 });
  expect(() => scoreKnn(found, { queryLabels: queries.labels, classes: 3, k: 5 })).toThrow(BankTooSmallError);
});

it('scores queries of several sweeps as those of one', async () => {
  const options = {
    bank: [randomRows(40, 4, 3, 1)],
    queries: randomRows(17, 4, 3, 2),
    classes: 3,
    k: [1, 6],
  };
  const limited = { ...options, limits: { tableBytes: 16 * 6 * 5 } };
  expect(await knn(limited)).toEqual(await knn(options));
});

it('prints its protocol', async () => {
  const bank = [randomRows(40, 4, 3, 1)];
  const queries = randomRows(5, 4, 3, 2);
  const names = { features: 'teacher backbone', bank: 'train', queries: 'validation' };
  const report = await knn({ bank, queries, classes: 3, k: [20, 10, 20], temperature: 0.1, names });
  for (const part of [
    'k = 10, 20,',
    'exp(cosine / 0.1) over 3 classes',
    'teacher backbone, size 4',
    'train, 40 rows',
    'validation, 5 rows',
  ]) {
    expect(report.protocol).toContain(part);
  }
  const lines = formatKnnReport(report).split('\n');
  expect(lines[0]).toBe(report.protocol);
  expect(lines).toHaveLength(4);
  expect(lines[2]).toContain(`${(100 * report.scores[0].top1).toFixed(2)}%`);
  const itself = await knn({ bank, queries: bank[0], classes: 3, k: 5, leaveOneOut: true });
  expect(itself.protocol).toContain('without the query itself');
});

it('refuses labels that are missing or no class, with the row', async () => {
  const bank = randomRows(30, 4, 3, 1);
  const queries = randomRows(5, 4, 3, 2);
  const { features, size } = queries;
  const k = 3;
  await expect(knn({ bank: [bank], queries: { features, size }, classes: 3, k })).rejects.toThrow(LabelError);
  await expect(knn({ bank: [{ features, size }], queries, classes: 3, k })).rejects.toThrow(
    /bank: no labels/,
  );
  bank.labels[21] = 3;
  await expect(knn({ bank: split(bank, 8), queries, classes: 3, k })).rejects.toThrow(
    /bank row 21 has label 3/,
  );
  bank.labels[21] = -1;
  await expect(knn({ bank: split(bank, 8), queries, classes: 3, k })).rejects.toThrow(
    /bank row 21 has label -1/,
  );
  queries.labels[4] = 9;
  await expect(knn({ bank: [bank], queries, classes: 3, k })).rejects.toThrow(/queries row 4 has label 9/);
});

it('refuses settings outside their range', async () => {
  const bank = [randomRows(30, 4, 3, 1)];
  const queries = randomRows(5, 4, 3, 2);
  for (const wrong of [
    { k: [] },
    { k: 0 },
    { k: [1.5] },
    { classes: 0 },
    { temperature: 0 },
    { temperature: Number.NaN },
  ]) {
    await expect(knn({ bank, queries, classes: 3, ...wrong })).rejects.toThrow(EvaluationOptionError);
  }
});
