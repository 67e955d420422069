import { hashSigned } from '@excb/golden';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { describeMatrix, engines } from '../test/backend-matrix.ts';
import {
  type AssignerName,
  assignerNames,
  createAssigner,
  createCentering,
  createMira,
  createSinkhorn,
  DisposedError,
  NonFiniteError,
  OptionError,
  ShapeError,
  StateError,
} from './index.ts';

const ROWS = 6;
const CLUSTERS = 5;
const context = { views: 2, step: 3, steps: 10, epoch: 0 };

const values = (stream: number, scale = 0.8) =>
  Float32Array.from({ length: ROWS * CLUSTERS }, (_, i) => scale * hashSigned(stream, i));

const argMax = (row: number[]) => row.indexOf(Math.max(...row));

describeMatrix('every assigner', (entry) => {
  const similarities = (stream: number, scale?: number) =>
    entry.tensor(values(stream, scale), [ROWS, CLUSTERS]);

  describe.each(assignerNames)('%s', (name) => {
    const make = (clusters = CLUSTERS) =>
      createAssigner<AssignerName, unknown>(name, {
        clusters,
        backend: entry.backend,
        ...(name === 'balance' && { random: () => 0.5 }),
      });

    it.each([0.8, 30, 1e6])(
      'gives targets that sum to 1 and the labels that go with them, entries up to %d',
      async (scale) => {
        const assigner = make();
        const result = await assigner.step(similarities(1, scale), context);
        const targets = await entry.read(result.targets);
        const rows = Array.from({ length: ROWS }, (_, i) => targets.slice(i * CLUSTERS, (i + 1) * CLUSTERS));
        for (const row of rows) {
          for (const value of row) expect(value).toBeGreaterThanOrEqual(0);
          expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
        }
        expect(await entry.read(result.assignments)).toEqual(rows.map(argMax));
        const raw = Array.from({ length: ROWS }, (_, i) =>
          argMax(Array.from(values(1, scale).slice(i * CLUSTERS, (i + 1) * CLUSTERS))),
        );
        expect(await entry.read(result.rawAssignments)).toEqual(raw);
        expect((await assigner.health()).windowAssignments).toBe(ROWS);
        assigner.dispose();
      },
    );

    it('works with one row, one cluster, and both', async () => {
      for (const [rows, clusters] of [
        [1, 1],
        [1, 4],
        [3, 1],
      ]) {
        const assigner = make(clusters);
        const z = entry.tensor(values(2).slice(0, rows * clusters), [rows, clusters]);
        const result = await assigner.step(z, { ...context, views: 1 });
        const targets = await entry.read(result.targets);
        expect(targets.reduce((a, b) => a + b)).toBeCloseTo(rows, 5);
        if (clusters === 1) expect(await entry.read(result.assignments)).toEqual(new Array(rows).fill(0));
        assigner.dispose();
      }
    });

    it('goes on from a state as if it had never stopped, and takes no other assigner’s', async () => {
      const first = make();
      for (let step = 0; step < 3; step++) await first.step(similarities(step), context);
      const state = await first.state();
      expect(JSON.parse(JSON.stringify(state.values))).toEqual(state.values);
      const second = make();
      await second.step(similarities(77), context);
      await second.restore(state);
      expect(await second.state()).toEqual(state);
      const [a, b] = [
        await first.step(similarities(9), context),
        await second.step(similarities(9), context),
      ];
      expect(await entry.read(b.targets)).toEqual(await entry.read(a.targets));
      expect(await second.state()).toEqual(await first.state());
      await expect(second.restore({ ...state, assigner: 'another' })).rejects.toThrow(StateError);
      expect(await second.state()).toEqual(await first.state());
    });

    it.each([Number.NaN, Infinity, -Infinity])('reports %s among the similarities', async (bad) => {
      const assigner = make();
      await assigner.step(similarities(1), context);
      const state = await assigner.state();
      const poisoned = values(2);
      poisoned[CLUSTERS + 3] = bad;
      const z = entry.tensor(poisoned, [ROWS, CLUSTERS]);
      // Nested arrays and ndarrays see it in the fused pass only, which two of the assigners go through.
      if (entry.backend.fused && (entry.backend.name === 'host' || ['balance', 'none'].includes(name))) {
        expect(() => assigner.assign(z, context)).toThrow(`similarities[1, 3] is ${bad}`);
        expect(() => assigner.assign(z, context)).toThrow(NonFiniteError);
        expect(await assigner.state()).toEqual(state);
        return;
      }
      assigner.assign(z, context);
      await expect(assigner.health()).rejects.toThrow(NonFiniteError);
      await expect(assigner.state()).rejects.toThrow(NonFiniteError);
      await assigner.restore(state);
      expect(await assigner.state()).toEqual(state);
    });

    it('does nothing more after dispose', async () => {
      const assigner = make();
      assigner.dispose();
      assigner.dispose();
      expect(() => assigner.assign(similarities(1), context)).toThrow(DisposedError);
      await expect(assigner.update(entry.labels([0]))).rejects.toThrow(DisposedError);
      for (const read of [assigner.health, assigner.state])
        await expect(read()).rejects.toThrow(DisposedError);
    });
  });

  it('Sinkhorn-Knopp gives rows of the queue no targets, and does not count them', async () => {
    const assigner = createSinkhorn({ clusters: CLUSTERS, backend: entry.backend });
    const result = assigner.assign(similarities(1), { queueRows: 4 });
    for (const t of [result.assignments, result.rawAssignments]) expect(entry.backend.shape(t)).toEqual([2]);
    expect(entry.backend.shape(result.targets)).toEqual([2, CLUSTERS]);
    expect((await assigner.health()).windowAssignments).toBe(2);
    for (const queueRows of [ROWS, -1, 1.5, Number.NaN]) {
      expect(() => assigner.assign(similarities(1), { queueRows })).toThrow(ShapeError);
      expect(() => assigner.assign(similarities(1), { queueRows })).toThrow(`queueRows is ${queueRows}`);
    }
  });

  it('centering sums its rows over workers', async () => {
    const { backend } = entry;
    const seen: number[] = [];
    const allReduce = async (sums: Float32Array) => {
      seen.push(sums.at(-1)!);
      return sums.map((sum) => 2 * sum);
    };
    const together = createCentering({ clusters: CLUSTERS, backend, allReduce });
    const alone = createCentering({ clusters: CLUSTERS, backend });
    await together.step(similarities(4));
    await alone.step(similarities(4));
    expect(seen).toEqual([ROWS]);
    const [a, b] = [await together.center(), await alone.center()];
    for (let k = 0; k < CLUSTERS; k++) expect(a[k]).toBeCloseTo(b[k], 6);
    for (const wrong of [(sums: Float32Array) => sums.slice(1), (sums: Float32Array) => sums.map(() => 0)]) {
      const broken = createCentering({ clusters: CLUSTERS, backend, allReduce: async (sums) => wrong(sums) });
      await expect(broken.step(similarities(4))).rejects.toThrow(StateError);
      expect(Array.from(await broken.center())).toEqual(new Array(CLUSTERS).fill(0));
    }
  });

  it('centering learns only in update, and only from what assign saw', async () => {
    const assigner = createCentering({ clusters: CLUSTERS, backend: entry.backend });
    await expect(assigner.update(entry.labels([0]))).rejects.toThrow(/1 rows, but assign last saw none/);
    const { assignments } = assigner.assign(similarities(4));
    expect(Array.from(await assigner.center())).toEqual(new Array(CLUSTERS).fill(0));
    await expect(assigner.update(entry.labels([0]))).rejects.toThrow(/1 rows, but assign last saw 6/);
    await assigner.update(assignments);
    expect(Array.from(await assigner.center())).not.toEqual(new Array(CLUSTERS).fill(0));
    await expect(assigner.update(entry.labels([0]))).rejects.toThrow(StateError);
  });
});

describeMatrix(
  'memory of every assigner',
  (entry) => {
    it.each(assignerNames)('%s holds as many tensors after a step as before', async (name) => {
      const z = entry.tensor(values(4), [ROWS, CLUSTERS]);
      const none = tf.memory().numTensors;
      const assigner = createAssigner<AssignerName, unknown>(name, {
        clusters: CLUSTERS,
        backend: entry.backend,
      });
      const before = tf.memory().numTensors;
      for (let step = 0; step < 2; step++) {
        const { targets, assignments, rawAssignments } = await assigner.step(z, context);
        for (const t of [targets, assignments, rawAssignments]) entry.backend.dispose(t);
      }
      await assigner.restore(await assigner.state());
      expect(tf.memory().numTensors).toBe(before);
      assigner.assign(z, context);
      assigner.dispose();
      // The three tensors of the assignment are the caller's.
      expect(tf.memory().numTensors).toBe(none + 3);
    });

    it('centering keeps what waits for update through a scope of the caller', async () => {
      const { backend } = entry;
      const assigner = createCentering({ clusters: CLUSTERS, backend });
      const z = entry.tensor(values(4), [ROWS, CLUSTERS]);
      const { assignments } = backend.scope(() => ({ assignments: assigner.assign(z).assignments }));
      await assigner.update(assignments);
      expect((await assigner.center()).some((value) => value !== 0)).toBe(true);
    });
  },
  engines.filter((engine) => engine.startsWith('tfjs')),
);

describe('options', () => {
  it('createAssigner makes what its name says', () => {
    const names = assignerNames.map((name) => createAssigner(name, { clusters: 2 }).name);
    expect(names).toEqual(['excb', 'none', 'centering', 'sinkhorn', 'mira']);
    expect(() => createAssigner('sinkhron' as AssignerName, { clusters: 2 })).toThrow(OptionError);
    expect(() => createAssigner('sinkhron' as AssignerName, { clusters: 2 })).toThrow(
      "there is no assigner 'sinkhron': choose balance, none, centering, sinkhorn, mira",
    );
  });

  it.each<[AssignerName, object, RegExp]>([
    ['sinkhorn', { epsilon: 0 }, /epsilon is 0, but must be a number above 0/],
    ['sinkhorn', { rounds: 0 }, /rounds is 0, but must be a whole number of 1 or more/],
    ['sinkhorn', { rounds: 2.5 }, /rounds is 2.5/],
    ['mira', { temperature: Number.NaN }, /temperature is NaN/],
    ['mira', { rounds: -1 }, /rounds is -1, but must be a whole number of 0 or more/],
    ['mira', { beta: 1 }, /beta is 1, but must be a number between 0 and 1/],
    ['mira', { beta: { from: 0.5 } }, /beta.to is undefined/],
    ['mira', { beta: null }, /beta.from is undefined/],
    ['centering', { momentum: 2 }, /momentum is 2/],
    ['centering', { teacherTemperature: -1 }, /teacherTemperature is -1/],
    ['centering', { warmup: { from: 0, epochs: 3 } }, /warmup.from is 0/],
    ['centering', { warmup: { from: 0.04, epochs: 0.5 } }, /warmup.epochs is 0.5/],
    ['centering', { allReduce: 3 }, /allReduce is 3, but must be a function/],
    ...assignerNames.map((name): [AssignerName, object, RegExp] => [name, { clusters: 0 }, /clusters is 0/]),
  ])('%s refuses %o', (name, options, message) => {
    const make = () => createAssigner(name, { clusters: 2, ...options });
    expect(make).toThrow(OptionError);
    expect(make).toThrow(message);
  });

  const z = { data: values(1), shape: [ROWS, CLUSTERS] };

  it('MIRA is told the step, unless beta is one number', () => {
    const falling = createMira({ clusters: CLUSTERS });
    expect(() => falling.assign(z)).toThrow(OptionError);
    expect(() => falling.assign(z, { step: 3 })).toThrow(
      /told step 3 of undefined steps: pass \{ step, steps \}/,
    );
    const fixed = createMira({ clusters: CLUSTERS, beta: 2 / 3 });
    const last = falling.assign(z, { step: 10, steps: 10 }).targets.data;
    expect(fixed.assign(z).targets.data).toEqual(last);
    const first = createMira({ clusters: CLUSTERS, beta: 3 / 4 }).assign(z).targets.data;
    expect(falling.assign(z, { step: 0, steps: 10 }).targets.data).toEqual(first);
  });

  it.each([4, 0, 1.5])('MIRA refuses rows that are not %d views', (views) => {
    const assigner = createMira({ clusters: CLUSTERS, beta: 0.7 });
    expect(() => assigner.assign(z, { views })).toThrow(ShapeError);
    expect(() => assigner.assign(z, { views })).toThrow(`which are not ${views} views`);
  });

  it('centering with a warm-up is told the epoch, without it needs none', () => {
    const warmup = { from: 0.02, epochs: 1 };
    const warming = createCentering({ clusters: CLUSTERS, warmup });
    expect(() => warming.assign(z)).toThrow(OptionError);
    expect(() => warming.assign(z)).toThrow(/told epoch undefined: pass \{ epoch \}/);
    const at = (teacherTemperature: number) =>
      createCentering({ clusters: CLUSTERS, teacherTemperature }).assign(z).targets.data;
    expect(warming.assign(z, { epoch: 0 }).targets.data).toEqual(at(0.02));
    expect(warming.assign(z, { epoch: 1 }).targets.data).toEqual(at(0.04));
  });

  it('refuses a centre that is not one', async () => {
    const assigner = createCentering({ clusters: 2 });
    const state = await assigner.state();
    for (const center of [[1], [1, Number.NaN]]) {
      const spoilt = { ...state, arrays: { ...state.arrays, center: Float32Array.from(center) } };
      await expect(assigner.restore(spoilt)).rejects.toThrow(StateError);
      expect(await assigner.state()).toEqual(state);
    }
    const negative = { ...state, arrays: { ...state.arrays, center: Float32Array.of(-1, 2) } };
    await assigner.restore(negative);
    expect(Array.from(await assigner.center())).toEqual([-1, 2]);
  });
});
