import type { Trial } from './conformance-suite.ts';
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
      says: integers ? 'keeps labels int32' : 'gives float32 for labels',
      async run(bench) {
        const left = [7, 4, -6];
        const right = [2, 4, 5];
        const result = bench.backend[operation](bench.labels(left), bench.labels(right));
        await bench.expect(result, {
          data: left.map((value, i) => f(value, right[i])),
          shape: [3],
          dtype: integers ? 'int32' : 'float32',
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
];
