import type { Trial } from './conformance-trials.ts';
import type { TensorBackend } from './tensor-backend.ts';

type BinaryName = 'add' | 'subtract' | 'multiply' | 'divide' | 'minimum' | 'maximum' | 'equal';
type UnaryName = 'abs' | 'exp' | 'log' | 'sqrt';

const A = [1, -2, 3, 0.5, 5, -6];
const ROW = [2, -2, 0.5];
const COLUMN = [3, -4];

function binary(operation: BinaryName, f: (a: number, b: number) => number): Trial[] {
  const integers = operation !== 'divide' && operation !== 'equal';
  return [
    {
      operation,
      says: 'broadcasts rows, columns, leading axes and numbers',
      async run(bench) {
        const apply = bench.backend[operation].bind(bench.backend) as <T>(a: T, b: T | number) => T;
        const a = bench.floats(A, [2, 3]);
        const row = bench.floats(ROW);
        const column = bench.floats(COLUMN, [2, 1]);
        const shape = [2, 3];
        const data = (b: (i: number) => number) => A.map((value, i) => f(value, b(i)));
        await bench.expect(apply(a, bench.floats(A.slice().reverse(), shape)), {
          data: data((i) => A[5 - i]),
          shape,
        });
        await bench.expect(apply(a, row), { data: data((i) => ROW[i % 3]), shape });
        await bench.expect(apply(a, column), { data: data((i) => COLUMN[Math.floor(i / 3)]), shape });
        await bench.expect(apply(a, 0.5), { data: data(() => 0.5), shape });
        await bench.expect(apply(row, a), { data: A.map((b, i) => f(ROW[i % 3], b)), shape });
        await bench.expect(apply(row, column), {
          data: COLUMN.flatMap((b) => ROW.map((value) => f(value, b))),
          shape,
        });
      },
    },
    {
      operation,
      says: integers
        ? 'keeps two tensors of labels int32, labels and a number float32'
        : 'gives float32 for labels',
      async run(bench) {
        const left = [7, 4, -6];
        const right = [2, 4, 5];
        const result = bench.backend[operation](bench.labels(left), bench.labels(right));
        await bench.expect(result, {
          data: left.map((value, i) => f(value, right[i])),
          shape: [3],
          dtype: integers ? 'int32' : 'float32',
        });
        await bench.expect(bench.backend[operation](bench.labels(left), 4.5), {
          data: left.map((value) => f(value, 4.5)),
          shape: [3],
        });
      },
    },
  ];
}

function unary(operation: UnaryName, values: number[], f: (value: number) => number): Trial {
  return {
    operation,
    says: 'works entry by entry',
    async run(bench) {
      const { backend } = bench;
      const shape = [values.length / 2, 2];
      const expected = values.map((value) => f(Math.fround(value)));
      await bench.expect(backend[operation](bench.floats(values, shape)), { data: expected, shape });
      await bench.expect(backend[operation](bench.labels([1, 4])), { data: [f(1), f(4)], shape: [2] });
    },
  };
}

function product<T>(backend: TensorBackend<T>, a: T, b: T, transposeA: boolean, transposeB: boolean): T {
  return backend.matMul(a, b, { transposeA, transposeB });
}

/** Entry by entry, and the matrix product. */
export const arithmeticTrials: Trial[] = [
  ...binary('add', (a, b) => a + b),
  ...binary('subtract', (a, b) => a - b),
  ...binary('multiply', (a, b) => a * b),
  ...binary('divide', (a, b) => a / b),
  ...binary('minimum', Math.min),
  ...binary('maximum', Math.max),
  ...binary('equal', (a, b) => (a === b ? 1 : 0)),
  {
    operation: 'multiply',
    says: 'keeps a NaN, and makes one of infinity, even where it multiplies by 0',
    async run(bench) {
      const { backend } = bench;
      const t = bench.floats([Number.NaN, Infinity, 2]);
      const expected = { data: [Number.NaN, Number.NaN, 0], shape: [3] };
      await bench.expect(backend.multiply(t, 0), expected);
      await bench.expect(backend.multiply(t, bench.floats([0, 0, 0])), expected);
    },
  },
  {
    operation: 'divide',
    says: 'gives infinities where it divides by 0',
    async run(bench) {
      const zeros = bench.floats([0, 0]);
      const expected = { data: [Infinity, -Infinity], shape: [2] };
      await bench.expect(bench.backend.divide(bench.floats([1, -2]), zeros), expected);
    },
  },
  unary('abs', [-1.5, 2, 0, -1e-3], Math.abs),
  unary('exp', [-20, -1, 0, 3], Math.exp),
  unary('log', [1e-6, 0.5, 1, 20], Math.log),
  unary('sqrt', [0, 0.25, 2, 1e4], Math.sqrt),
  {
    operation: 'clamp',
    says: 'limits from both sides',
    async run(bench) {
      const result = bench.backend.clamp(bench.floats([-1.01, -1, 0.3, 1, 1.01]), -1, 1);
      await bench.expect(result, { data: [-1, -1, 0.3, 1, 1], shape: [5], tolerance: 1e-7 });
    },
  },
  {
    operation: 'cast',
    says: 'goes between float32 and int32',
    async run(bench) {
      const { backend } = bench;
      await bench.expect(backend.cast(bench.floats([3, -2]), 'int32'), {
        data: [3, -2],
        shape: [2],
        dtype: 'int32',
      });
      await bench.expect(backend.cast(bench.labels([3, -2]), 'float32'), { data: [3, -2], shape: [2] });
    },
  },
  {
    operation: 'matMul',
    says: 'multiplies in all four orientations',
    async run(bench) {
      const rows = 3;
      const depth = 5;
      const columns = 6;
      const left = (i: number, k: number) => Math.fround(Math.sin(1 + i * depth + k));
      const right = (k: number, j: number) => Math.fround(Math.cos(2 + k * columns + j));
      const grid = (m: number, n: number, f: (i: number, j: number) => number) =>
        Array.from({ length: m * n }, (_, at) => f(Math.floor(at / n), at % n));
      const expected = grid(rows, columns, (i, j) => {
        let sum = 0;
        for (let k = 0; k < depth; k++) sum += left(i, k) * right(k, j);
        return sum;
      });
      const a = bench.floats(grid(rows, depth, left), [rows, depth]);
      const b = bench.floats(grid(depth, columns, right), [depth, columns]);
      const at = bench.floats(
        grid(depth, rows, (k, i) => left(i, k)),
        [depth, rows],
      );
      const bt = bench.floats(
        grid(columns, depth, (j, k) => right(k, j)),
        [columns, depth],
      );
      const shape = [rows, columns];
      await bench.expect(bench.backend.matMul(a, b), { data: expected, shape });
      await bench.expect(product(bench.backend, at, b, true, false), { data: expected, shape });
      await bench.expect(product(bench.backend, a, bt, false, true), { data: expected, shape });
      await bench.expect(product(bench.backend, at, bt, true, true), { data: expected, shape });
    },
  },
  {
    operation: 'matMul',
    says: 'multiplies single rows, columns and entries',
    async run(bench) {
      const row = bench.floats([1, 2, 3], [1, 3]);
      const column = bench.floats([4, 5, 6], [3, 1]);
      await bench.expect(bench.backend.matMul(row, column), { data: [32], shape: [1, 1] });
      await bench.expect(product(bench.backend, column, row, true, true), { data: [32], shape: [1, 1] });
      await bench.expect(bench.backend.matMul(column, row), {
        data: [4, 8, 12, 5, 10, 15, 6, 12, 18],
        shape: [3, 3],
      });
    },
  },
];
