import { hashSigned } from '@excb/golden';
import { hostBackend } from '@excb/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { describeMatrix, engines } from '../test/backend-matrix.ts';
import {
  type AssignerState,
  createBalancer,
  createUnbalanced,
  DisposedError,
  NonFiniteError,
  OptionError,
  ShapeError,
  StateError,
} from './index.ts';

const ROWS = 6;
const CLUSTERS = 5;

function values(stream: number, rows = ROWS, clusters = CLUSTERS): Float32Array {
  return Float32Array.from({ length: rows * clusters }, (_, i) => 0.8 * hashSigned(stream, i));
}

describeMatrix('balancer', (entry) => {
  const similarities = (stream: number) => entry.tensor(values(stream), [ROWS, CLUSTERS]);
  const make = (options: { momentum?: number | 'auto' } = {}) =>
    createBalancer({ clusters: CLUSTERS, backend: entry.backend, random: () => 0.5, ...options });

  it('starts with sizes 1/K and learns only in update', async () => {
    const balancer = make({ momentum: 0.9 });
    const uniform = new Array<number>(CLUSTERS).fill(Math.fround(1 / CLUSTERS));
    const { assignments } = balancer.assign(similarities(1));
    expect(Array.from(await balancer.sizes())).toEqual(uniform);
    await balancer.update(assignments);
    expect(Array.from(await balancer.sizes())).not.toEqual(uniform);
    expect((await balancer.sizes()).reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  });

  it('works with one row and one cluster', async () => {
    const balancer = createBalancer({ clusters: 1, backend: entry.backend });
    const result = await balancer.step(entry.tensor([-0.3], [1, 1]));
    expect(await entry.read(result.targets)).toEqual([1]);
    expect(await entry.read(result.assignments)).toEqual([0]);
    expect(Array.from(await balancer.sizes())).toEqual([1]);
    expect((await balancer.health()).effectiveClusters).toBe(1);
  });

  it('gives tied rows to the lowest cluster', async () => {
    const balancer = make();
    const result = balancer.assign(entry.tensor(new Float32Array(2 * CLUSTERS).fill(0.4), [2, CLUSTERS]));
    expect(await entry.read(result.rawAssignments)).toEqual([0, 0]);
    expect(await entry.read(result.assignments)).toEqual([0, 0]);
  });

  it('draws once per cluster and step to spread rows over empty clusters', async () => {
    let drawn = 0;
    const draws = [0.9, 0.1, 0.7, 0.4, 0.2];
    const random = () => draws[drawn++ % CLUSTERS];
    const balancer = createBalancer({ clusters: CLUSTERS, backend: entry.backend, random });
    const sizes = Float32Array.of(0.5, 0, 0, 0.5, 0);
    await balancer.restore({ assigner: 'excb', clusters: CLUSTERS, values: {}, arrays: { sizes } });
    const z = [0, 0.2, 0.99, 0, 0.3, 0, 0.2, 0.1, 0, 0.3];
    const result = balancer.assign(entry.tensor(z, [2, CLUSTERS]));
    expect(drawn).toBe(CLUSTERS);
    // 1 − (1 − z)·draw/1000 is largest where (1 − z)·draw is smallest
    expect(await entry.read(result.assignments)).toEqual([2, 1]);
  });

  it('sums counts over workers', async () => {
    const seen: number[][] = [];
    const { backend } = entry;
    const allReduce = async (counts: Float32Array) => {
      seen.push(Array.from(counts));
      return counts.map((count) => 2 * count + 1);
    };
    const balancer = createBalancer({ clusters: 3, momentum: 'auto', backend, allReduce });
    const alone = createBalancer({ clusters: 3, momentum: 'auto', backend });
    await balancer.update(entry.labels([2, 0, 2]));
    await alone.update(entry.labels([0, 0, 0, 1, 2, 2, 2, 2, 2]));
    expect(seen).toEqual([[1, 0, 2]]);
    expect(balancer.momentum).toBe(1 - 9 / (31 * 3));
    expect(balancer.effectiveSamples).toBe(alone.effectiveSamples);
    expect(await balancer.sizes()).toEqual(await alone.sizes());
    expect((await alone.sizes())[2]).toBeCloseTo((1 - 9 / 93) / 3 + ((9 / 93) * 5) / 9, 6);
  });

  it.each<[string, (counts: Float32Array) => Float32Array]>([
    ['too few', (counts) => counts.slice(1)],
    ['NaN', (counts) => counts.map(() => Number.NaN)],
    ['none', (counts) => counts.map(() => 0)],
  ])('refuses summed counts: %s', async (_, reduce) => {
    const { backend } = entry;
    const balancer = createBalancer({ clusters: 3, backend, allReduce: async (counts) => reduce(counts) });
    const before = await balancer.sizes();
    await expect(balancer.update(entry.labels([0, 1]))).rejects.toThrow(StateError);
    expect(await balancer.sizes()).toEqual(before);
  });

  it('goes on from a state as if it had never stopped', async () => {
    const first = make({ momentum: 'auto' });
    for (let step = 0; step < 3; step++) await first.step(similarities(step));
    const state = await first.state();
    const second = make({ momentum: 'auto' });
    await second.step(similarities(77));
    await second.restore(state);
    expect(await second.state()).toEqual(state);
    const [a, b] = [await first.step(similarities(9)), await second.step(similarities(9))];
    expect(await entry.read(b.targets)).toEqual(await entry.read(a.targets));
    expect(await second.sizes()).toEqual(await first.sizes());
    expect(await second.health()).toEqual(await first.health());
    expect(second.momentum).toBe(first.momentum);
  });

  it('leaves the caller its copies', async () => {
    const balancer = make();
    const before = await balancer.sizes();
    (await balancer.sizes()).fill(9);
    const state = await balancer.state();
    for (const array of Object.values(state.arrays)) array.fill(9);
    expect(await balancer.sizes()).toEqual(before);
    expect((await balancer.health()).windowAssignments).toBe(0);
  });

  it.each<[string, RegExp, (state: AssignerState) => AssignerState]>([
    ['another assigner', /of assigner 'none'.* is 'excb'/, (s) => ({ ...s, assigner: 'none' })],
    ['other clusters', /has 7 clusters.* made for 5/, (s) => ({ ...s, clusters: 7 })],
    ['no sizes', /sizes has no entries/, (s) => ({ ...s, arrays: {} })],
    ['short sizes', /sizes has 2 entries/, (s) => withArray(s, 'sizes', [1, 2])],
    ['NaN', /sizes\[1\] is NaN/, (s) => withArray(s, 'sizes', [1, Number.NaN, 1, 1, 1])],
    ['a negative size', /sizes\[0\] is -1/, (s) => withArray(s, 'sizes', [-1, 0, 1, 1, 1])],
    ['no size at all', /all 0/, (s) => withArray(s, 'sizes', [0, 0, 0, 0, 0])],
    ['infinite counts', /counts\[4\] is Inf/, (s) => withArray(s, 'counts', [1, 0, 1, 1, Infinity])],
    ['half a window', /rawCounts has no/, (s) => ({ ...s, arrays: { ...s.arrays, rawCounts: undefined! } })],
    ['no rows', /windowAssignments is undefined/, (s) => ({ ...s, values: {} })],
    ['momentum', /momentum is 3/, (s) => ({ ...s, values: { ...s.values, momentum: 3 } })],
  ])('refuses a state with %s and stays as it was', async (_, message, spoil) => {
    const balancer = make({ momentum: 'auto' });
    await balancer.step(similarities(1));
    const state = await balancer.state();
    await expect(balancer.restore(spoil(state))).rejects.toThrow(message);
    await expect(balancer.restore(spoil(state))).rejects.toThrow(StateError);
    expect(await balancer.state()).toEqual(state);
  });

  it.each([Number.NaN, Infinity, -Infinity])('reports %s among the similarities', async (bad) => {
    const balancer = make();
    await balancer.step(similarities(1));
    const state = await balancer.state();
    const poisoned = values(2);
    poisoned[CLUSTERS + 3] = bad;
    const z = entry.tensor(poisoned, [ROWS, CLUSTERS]);
    if (entry.backend.fused) {
      expect(() => balancer.assign(z)).toThrow(`similarities[1, 3] is ${bad}`);
      expect(() => balancer.assign(z)).toThrow(NonFiniteError);
      expect(await balancer.state()).toEqual(state);
      return;
    }
    balancer.assign(z);
    balancer.assign(similarities(3));
    for (const read of [() => balancer.health({ reset: true }), balancer.sizes, balancer.state]) {
      await expect(read()).rejects.toThrow(NonFiniteError);
    }
    await balancer.restore(state);
    expect(await balancer.state()).toEqual(state);
  });

  it.each<[number[], string]>([
    [[2, 7], 'similarities has 7 columns, but the balancer was made for 5 clusters: pass clusters: 7'],
    [[5], 'similarities has shape [5], but must be [rows, 5]'],
    [[1, 2, 5], 'similarities has shape [1, 2, 5], but must be [rows, 5]'],
    [[0, 5], 'similarities has no rows'],
  ])('refuses similarities of shape %j', async (shape, message) => {
    const balancer = make();
    const z = entry.tensor(new Float32Array(shape.reduce((a, b) => a * b)), shape);
    expect(() => balancer.assign(z)).toThrow(ShapeError);
    expect(() => balancer.assign(z)).toThrow(message);
    await expect(balancer.step(z)).rejects.toThrow(ShapeError);
  });

  it('refuses assignments that are not a list of labels', async () => {
    const balancer = make();
    const wrong = entry.backend.fromHost(Int32Array.of(1, 2), [1, 2]);
    await expect(balancer.update(wrong)).rejects.toThrow(/assignments has shape \[1, 2\]/);
  });

  it('does nothing more after dispose', async () => {
    const balancer = make();
    balancer.dispose();
    balancer.dispose();
    expect(() => balancer.assign(similarities(1))).toThrow(DisposedError);
    await expect(balancer.update(entry.labels([0]))).rejects.toThrow(DisposedError);
    for (const read of [balancer.health, balancer.sizes, balancer.state, balancer.extremes]) {
      await expect(read()).rejects.toThrow(DisposedError);
    }
  });
});

function withArray(state: AssignerState, name: string, array: number[]): AssignerState {
  return { ...state, arrays: { ...state.arrays, [name]: Float32Array.from(array) } };
}

const onTfjs = engines.filter((engine) => engine.startsWith('tfjs'));

describeMatrix(
  'memory of the balancer',
  (entry) => {
    it('holds as many tensors after a step as before', async () => {
      const { backend } = entry;
      const z = entry.tensor(values(4), [ROWS, CLUSTERS]);
      for (const create of [createBalancer, createUnbalanced]) {
        for (const allReduce of [undefined, async (counts: Float32Array) => counts]) {
          const none = tf.memory().numTensors;
          const assigner = create({ clusters: CLUSTERS, backend, allReduce });
          const before = tf.memory().numTensors;
          const { targets, assignments, rawAssignments } = await assigner.step(z);
          for (const t of [targets, assignments, rawAssignments]) backend.dispose(t);
          await assigner.health({ reset: true });
          await assigner.restore(await assigner.state());
          expect(tf.memory().numTensors).toBe(before);
          assigner.dispose();
          expect(tf.memory().numTensors).toBe(none);
        }
      }
    });

    it('frees the assignment of a step that fails', async () => {
      const allReduce = async () => Promise.reject(new Error('worker 3 is gone'));
      const balancer = createBalancer({ clusters: CLUSTERS, backend: entry.backend, allReduce });
      const z = entry.tensor(values(4), [ROWS, CLUSTERS]);
      const before = tf.memory().numTensors;
      await expect(balancer.step(z)).rejects.toThrow('worker 3 is gone');
      expect(tf.memory().numTensors).toBe(before);
    });

    it('survives being made and used inside a scope of the caller', async () => {
      const { backend } = entry;
      const held = backend.scope(() => {
        const balancer = createBalancer({ clusters: CLUSTERS, backend });
        balancer.assign(entry.tensor(values(4), [ROWS, CLUSTERS]));
        return { balancer: () => balancer };
      });
      expect((await held.balancer().health()).windowAssignments).toBe(ROWS);
      expect((await held.balancer().sizes()).length).toBe(CLUSTERS);
    });
  },
  onTfjs,
);

describe('balancer on typed arrays', () => {
  it('allocates nothing per step but its results', async () => {
    const balancer = createBalancer({ clusters: CLUSTERS });
    const z = { data: values(5), shape: [ROWS, CLUSTERS] };
    await balancer.step(z);
    const { Float32Array: floats, Int32Array: ints } = globalThis;
    const made: string[] = [];
    const counting = <C extends typeof floats | typeof ints>(type: C): C =>
      new Proxy(type, {
        construct(target, args, caller) {
          made.push(`${type.name}(${args[0]})`);
          return Reflect.construct(target, args, caller) as object;
        },
      });
    globalThis.Float32Array = counting(floats);
    globalThis.Int32Array = counting(ints);
    try {
      await balancer.step(z);
    } finally {
      globalThis.Float32Array = floats;
      globalThis.Int32Array = ints;
    }
    expect(made.sort()).toEqual([
      `Float32Array(${ROWS * CLUSTERS})`,
      `Int32Array(${ROWS})`,
      `Int32Array(${ROWS})`,
    ]);
  });

  it.each<[unknown, RegExp]>([
    [undefined, /similarities must be \{ data: Float32Array, shape: \[\.\.\.\] \}, but is undefined/],
    [new Float32Array(10), /must be \{ data: Float32Array/],
    [{ data: new Float64Array(10), shape: [2, 5] }, /holds a Float64Array, but must hold a Float32Array/],
    [{ data: [1, 2], shape: [2, 5] }, /holds a Array/],
    [{ data: new Float32Array(9), shape: [2, 5] }, /holds 9 numbers, but its shape \[2, 5\] stands for 10/],
  ])('refuses %o', (similarities, message) => {
    const balancer = createBalancer({ clusters: CLUSTERS });
    const run = () => balancer.assign(similarities as never);
    expect(run).toThrow(ShapeError);
    expect(run).toThrow(message);
  });

  it('refuses labels of clusters that it does not have, and stays as it was', async () => {
    const balancer = createBalancer({ clusters: CLUSTERS });
    const before = await balancer.sizes();
    const labels = { data: Int32Array.of(0, 99), shape: [2] };
    await expect(balancer.update(labels)).rejects.toThrow(
      /assignments\[1\] is 99, but the 5 clusters are 0 … 4/,
    );
    expect(await balancer.sizes()).toEqual(before);
  });

  it.each<[object, RegExp]>([
    [{ clusters: 0 }, /clusters is 0/],
    [{ clusters: 2.5 }, /clusters is 2.5/],
    [{}, /clusters is undefined/],
    [{ clusters: 2, momentum: 1.1 }, /momentum is 1.1/],
    [{ clusters: 2, momentum: 'fast' }, /momentum is fast/],
    [{ clusters: 2, teacherTemperature: 0 }, /teacherTemperature is 0/],
    [{ clusters: 2, teacherTemperature: Number.NaN }, /teacherTemperature is NaN/],
    [{ clusters: 2, random: 7 }, /random is 7, but must be a function/],
    [{ clusters: 2, allReduce: true }, /allReduce is true/],
  ])('refuses the options %o', (options, message) => {
    for (const create of [createBalancer, createUnbalanced]) {
      expect(() => create(options as { clusters: number })).toThrow(OptionError);
      expect(() => create(options as { clusters: number })).toThrow(message);
    }
  });

  it('takes a fused assignment from any backend that offers it', () => {
    const right = hostBackend();
    let calls = 0;
    const assign: NonNullable<typeof right.fused>['assign'] = (z, options) => {
      calls++;
      return right.fused!.assign!(z, options);
    };
    const balancer = createBalancer({
      clusters: 2,
      backend: { ...right, name: 'another', fused: { assign } },
    });
    balancer.assign({ data: Float32Array.of(1, 0), shape: [1, 2] });
    expect(calls).toBe(1);
  });

  it('shows how far sizes and weights have spread', async () => {
    const balancer = createBalancer({ clusters: 4 });
    expect(await balancer.extremes()).toEqual({ smallest: 1, largest: 1, lowerMin: 1, higherMin: 1 });
    const sizes = Float32Array.of(1, 2, 4, 1);
    await balancer.restore({ assigner: 'excb', clusters: 4, values: {}, arrays: { sizes } });
    expect(await balancer.extremes()).toEqual({ smallest: 0.5, largest: 2, lowerMin: 0.5, higherMin: 0.5 });
  });
});
