import { randomStream } from '@excb/augment';
import { startEngine } from '@excb/ops';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { LossShapeError } from './errors.ts';
import { clusterLoss } from './loss.ts';
import { matchTable } from './match-table.ts';

/** Loss and gradient by the definition, one entry at a time, in double precision. */
function slowLoss(
  p: number[][],
  q: number[][],
  views: { globals: number; locals: number; predictor: boolean },
  batch: number,
  temperature: number,
) {
  const all = views.globals + views.locals;
  const gradient = p.map((row) => row.map(() => 0));
  let total = 0;
  let terms = 0;
  const logSoftmax = (row: number[]) => {
    const scaled = row.map((value) => value / temperature);
    const largest = Math.max(...scaled);
    const sum = scaled.reduce((part, value) => part + Math.exp(value - largest), 0);
    return scaled.map((value) => value - largest - Math.log(sum));
  };
  const pairs: [number, number][] = [];
  for (let teacher = 0; teacher < views.globals; teacher++) {
    for (let student = 0; student < views.globals; student++)
      if (student !== teacher) pairs.push([teacher, student]);
    if (views.predictor) for (let view = 0; view < all; view++) pairs.push([teacher, all + view]);
  }
  for (const [teacher, student] of pairs) {
    terms++;
    for (let i = 0; i < batch; i++) {
      const target = q[teacher * batch + i];
      const logs = logSoftmax(p[student * batch + i]);
      target.forEach((value, k) => {
        total -= (value * logs[k]) / batch;
        gradient[student * batch + i][k] += (Math.exp(logs[k]) - value) / temperature / batch;
      });
    }
  }
  return { loss: total / terms, gradient: gradient.flat().map((value) => value / terms) };
}

/** Cosines in [−1, 1] and distributions, from a seed. */
function example(seed: number, studentRows: number, teacherRows: number, clusters: number) {
  const random = randomStream(seed, clusters);
  const rows = (count: number, value: () => number) =>
    Array.from({ length: count }, () => Array.from({ length: clusters }, value));
  const p = rows(studentRows, () => Math.fround(2 * random.next() - 1));
  const q = rows(teacherRows, () => random.next() ** 8 + 1e-9).map((row) => {
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((value) => Math.fround(value / sum));
  });
  return { p, q };
}

const shapes = [1, 2, 3].flatMap((globals) =>
  [0, 1, 4].flatMap((locals) => [true, false].map((predictor) => ({ globals, locals, predictor }))),
);
const sizes = [
  { batch: 1, clusters: 1 },
  { batch: 1, clusters: 7 },
  { batch: 3, clusters: 2 },
  { batch: 5, clusters: 33 },
];

describe.each(['cpu', 'wasm'])('loss on %s equals the slow one', (engine) => {
  beforeAll(async () => {
    await startEngine(engine);
  });

  const grid = shapes.flatMap((views) => sizes.map((size) => ({ ...views, ...size })));
  it.each(grid.filter(({ globals, predictor }) => globals > 1 || predictor))(
    '$globals globals, $locals locals, predictor $predictor, batch $batch, K $clusters',
    async ({ batch, clusters, ...views }) => {
      const table = matchTable(views);
      for (const seed of [1, 2]) {
        const { p, q } = example(seed, table.studentViews * batch, table.teacherViews * batch, clusters);
        const expected = slowLoss(p, q, views, batch, 0.1);
        const before = tf.memory().numTensors;
        const [student, targets] = [tf.tensor2d(p), tf.tensor2d(q)];
        const { value, grad } = tf.valueAndGrad((rows) =>
          clusterLoss(rows as tf.Tensor2D, targets, table, 0.1),
        )(student);
        expect((await value.data())[0]).toBeCloseTo(expected.loss, 4);
        const gradient = await grad.data();
        expected.gradient.forEach((wanted, i) => {
          expect(Math.abs(gradient[i] - wanted)).toBeLessThan(3e-6);
        });
        tf.dispose([student, targets, value, grad]);
        expect(tf.memory().numTensors).toBe(before);
      }
    },
  );

  it('rows that do not fit the views are an error that says both', () => {
    const table = matchTable({ globals: 2, locals: 1, predictor: true });
    const rows = (count: number) => tf.ones([count, 4]) as tf.Tensor2D;
    expect(() => tf.tidy(() => clusterLoss(rows(11), rows(4), table, 0.1))).toThrow(LossShapeError);
    expect(() => tf.tidy(() => clusterLoss(rows(11), rows(4), table, 0.1))).toThrow(
      /\[11,4\].*\[4,4\].*6 student and 2 teacher/,
    );
  });
});
