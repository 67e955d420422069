import type { Trial } from './conformance-trials.ts';

const VALUES = [1, -2, 3, 0.5, 5, -6];

function reduction(operation: 'sum' | 'mean' | 'max', f: (values: number[]) => number): Trial {
  return {
    operation,
    says: 'reduces any axis, or all, and keeps the axis when asked',
    async run(bench) {
      const reduce = bench.backend[operation].bind(bench.backend) as <T>(
        t: T,
        axis?: number,
        keepDims?: boolean,
      ) => T;
      const t = bench.floats(VALUES, [2, 3]);
      const rows = [f(VALUES.slice(0, 3)), f(VALUES.slice(3))];
      const columns = [0, 1, 2].map((j) => f([VALUES[j], VALUES[j + 3]]));
      await bench.expect(reduce(t), { data: [f(VALUES)], shape: [] });
      await bench.expect(reduce(t, undefined, true), { data: [f(VALUES)], shape: [1, 1] });
      await bench.expect(reduce(t, 1), { data: rows, shape: [2] });
      await bench.expect(reduce(t, -1, true), { data: rows, shape: [2, 1] });
      await bench.expect(reduce(t, 0), { data: columns, shape: [3] });
      await bench.expect(reduce(t, -2, true), { data: columns, shape: [1, 3] });
      await bench.expect(reduce(bench.labels([4, 9])), { data: [f([4, 9])], shape: [] });
    },
  };
}

function softmax(row: number[]): number[] {
  const powers = row.map((value) => Math.exp(value - Math.max(...row)));
  return powers.map((power) => power / powers.reduce((a, b) => a + b));
}

const LOGITS = [
  [1, 2, 3],
  [1000, 999, 990],
  [-25, 0, 25],
  [4, 4, 4],
];

/** Sums and what is built on them. */
export const reductionTrials: Trial[] = [
  reduction('sum', (values) => values.reduce((a, b) => a + b)),
  reduction('mean', (values) => values.reduce((a, b) => a + b) / values.length),
  reduction('max', (values) => Math.max(...values)),
  {
    operation: 'sum',
    says: 'keeps its precision over many terms',
    async run(bench) {
      const length = 65_536 + 77;
      const term = Math.fround(0.9991 / 65_536);
      const { backend } = bench;
      const terms = new Array<number>(length).fill(term);
      const total = { data: [length * term], tolerance: 1e-5 };
      await bench.expect(backend.sum(bench.floats(terms)), { ...total, shape: [] });
      await bench.expect(backend.sum(bench.floats(terms, [1, length]), 1), { ...total, shape: [1] });
    },
  },
  {
    operation: 'argMax',
    says: 'takes the lowest index of equal entries',
    async run(bench) {
      const { backend } = bench;
      const t = bench.floats([1, 5, 5, 2, 2, 1, -3, -3, -3, 0, 1, 7], [4, 3]);
      await bench.expect(backend.argMax(t), { data: [1, 0, 0, 2], shape: [4], dtype: 'int32' });
      await bench.expect(backend.argMax(t, 1), { data: [1, 0, 0, 2], shape: [4], dtype: 'int32' });
      await bench.expect(backend.argMax(t, 0), { data: [1, 0, 3], shape: [3], dtype: 'int32' });
      const width = 1000;
      const rows = new Array<number>(2 * width).fill(0.25);
      rows[617] = 0.5;
      rows[999] = 0.5;
      const wide = bench.floats(rows, [2, width]);
      await bench.expect(backend.argMax(wide), { data: [617, 0], shape: [2], dtype: 'int32' });
    },
  },
  {
    operation: 'argMax',
    says: 'gives 0 for the only cluster, and one number for a vector',
    async run(bench) {
      const { backend } = bench;
      const only = bench.floats([0.5, -0.5], [2, 1]);
      await bench.expect(backend.argMax(only), { data: [0, 0], shape: [2], dtype: 'int32' });
      await bench.expect(backend.argMax(bench.floats([1, 3, 2])), { data: [1], shape: [], dtype: 'int32' });
    },
  },
  {
    operation: 'sum',
    says: 'passes a NaN on',
    async run(bench) {
      const t = bench.floats([1, Number.NaN, 3, 4], [2, 2]);
      await bench.expect(bench.backend.sum(t), { data: [Number.NaN], shape: [] });
      await bench.expect(bench.backend.sum(t, -1), { data: [Number.NaN, 7], shape: [2] });
    },
  },
  {
    operation: 'softmax',
    says: 'sums to 1 over the last axis and bears large entries',
    async run(bench) {
      const t = bench.floats(LOGITS.flat(), [4, 3]);
      await bench.expect(bench.backend.softmax(t), { data: LOGITS.flatMap(softmax), shape: [4, 3] });
      await bench.expect(bench.backend.softmax(bench.floats([-7, 8], [2, 1])), {
        data: [1, 1],
        shape: [2, 1],
      });
    },
  },
  {
    operation: 'logSoftmax',
    says: 'is finite where the softmax has gone to 0',
    async run(bench) {
      const expected = LOGITS.flatMap((row) => {
        const largest = Math.max(...row);
        const total = row.reduce((sum, value) => sum + Math.exp(value - largest), 0);
        return row.map((value) => value - largest - Math.log(total));
      });
      const t = bench.floats(LOGITS.flat(), [4, 3]);
      await bench.expect(bench.backend.logSoftmax(t), { data: expected, shape: [4, 3] });
    },
  },
  {
    operation: 'l2Normalise',
    says: 'gives rows of length 1 and leaves a row of zeros',
    async run(bench) {
      const t = bench.floats([3, 4, 0, 0, -5, 12, 1e-4, 0], [4, 2]);
      await bench.expect(bench.backend.l2Normalise(t), {
        data: [0.6, 0.8, 0, 0, -5 / 13, 12 / 13, 1, 0],
        shape: [4, 2],
      });
    },
  },
];
