import { broadcastShape, sizeOf } from './host-shape.ts';
import type { HostTensor } from './tensor-backend.ts';

/** An operation of two arguments, by its name. */
export type Binary = 'add' | 'subtract' | 'multiply' | 'divide' | 'minimum' | 'maximum' | 'equal';

function scalar(value: number): HostTensor {
  return { data: new Float32Array([value]), shape: [] };
}

/** Step from one entry to the next along each axis of `shape`, 0 where `from` is repeated. */
function strides(from: readonly number[], shape: readonly number[]): number[] {
  const result = new Array<number>(shape.length).fill(0);
  let step = 1;
  for (let i = from.length - 1; i >= 0; i--) {
    if (from[i] !== 1) result[i + shape.length - from.length] = step;
    step *= from[i];
  }
  return result;
}

type Entries = Float32Array | Int32Array;

/** Fills `out` from `at` on with `count` results, of x from `i` on and of y from `j` on, by steps of `di` and `dj`. */
type Row = (
  out: Entries,
  at: number,
  count: number,
  x: Entries,
  i: number,
  di: number,
  y: Entries,
  j: number,
  dj: number,
) => void;

/** A loop for each operation: one loop for all, with the operation handed over, takes several times as long. */
const rows: Record<Binary, Row> = {
  add(out, at, count, x, i, di, y, j, dj) {
    for (let n = 0; n < count; n++) out[at + n] = x[i + n * di] + y[j + n * dj];
  },
  subtract(out, at, count, x, i, di, y, j, dj) {
    for (let n = 0; n < count; n++) out[at + n] = x[i + n * di] - y[j + n * dj];
  },
  multiply(out, at, count, x, i, di, y, j, dj) {
    for (let n = 0; n < count; n++) out[at + n] = x[i + n * di] * y[j + n * dj];
  },
  divide(out, at, count, x, i, di, y, j, dj) {
    for (let n = 0; n < count; n++) out[at + n] = x[i + n * di] / y[j + n * dj];
  },
  minimum(out, at, count, x, i, di, y, j, dj) {
    for (let n = 0; n < count; n++) out[at + n] = Math.min(x[i + n * di], y[j + n * dj]);
  },
  maximum(out, at, count, x, i, di, y, j, dj) {
    for (let n = 0; n < count; n++) out[at + n] = Math.max(x[i + n * di], y[j + n * dj]);
  },
  equal(out, at, count, x, i, di, y, j, dj) {
    for (let n = 0; n < count; n++) out[at + n] = x[i + n * di] === y[j + n * dj] ? 1 : 0;
  },
};

/** The operation on each pair of entries after broadcasting. */
export function combine(operation: Binary, a: HostTensor, other: HostTensor | number): HostTensor {
  const b = typeof other === 'number' ? scalar(other) : other;
  const shape = broadcastShape(operation, a.shape, b.shape);
  const size = sizeOf(shape);
  const integers = operation !== 'divide' && operation !== 'equal';
  const keepsIntegers = integers && a.data instanceof Int32Array && b.data instanceof Int32Array;
  const data = keepsIntegers ? new Int32Array(size) : new Float32Array(size);
  const row = rows[operation];
  const last = shape.length - 1;
  const stepsA = strides(a.shape, shape);
  const stepsB = strides(b.shape, shape);
  const width = last < 0 ? 1 : shape[last];
  const stepA = stepsA[last] ?? 0;
  const stepB = stepsB[last] ?? 0;
  for (let start = 0; start < size; start += width) {
    let left = 0;
    let right = 0;
    for (let axis = last - 1, rest = start / width; axis >= 0; axis--) {
      const i = rest % shape[axis];
      rest = (rest - i) / shape[axis];
      left += i * stepsA[axis];
      right += i * stepsB[axis];
    }
    row(data, start, width, a.data, left, stepA, b.data, right, stepB);
  }
  return { data, shape };
}

/** `f` of each entry, as float32. */
export function map(t: HostTensor, f: (value: number) => number): HostTensor {
  const data = new Float32Array(t.data.length);
  for (let i = 0; i < data.length; i++) data[i] = f(t.data[i]);
  return { data, shape: t.shape.slice() };
}
