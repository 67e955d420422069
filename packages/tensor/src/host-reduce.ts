import { reducedShape, splitAxis } from './host-shape.ts';
import type { HostTensor } from './tensor-backend.ts';

/** Rows shorter than this are divided by it instead of by their length, so that a row of zeros stays. */
const SHORTEST_ROW = 1e-12;

/** Sums or largest entries along one axis, or over everything, in double precision. */
export function reduce(
  operation: 'sum' | 'max',
  t: HostTensor,
  axis: number | undefined,
  keepDims: boolean,
): HostTensor {
  const all = axis === undefined;
  const { at, outer, length, inner } = all
    ? { at: 0, outer: 1, length: t.data.length, inner: 1 }
    : splitAxis(operation, t.shape, axis);
  const entries = t.data;
  const data = new Float32Array(outer * inner);
  const results = new Float64Array(inner);
  for (let o = 0; o < outer; o++) {
    results.fill(operation === 'sum' ? 0 : -Infinity);
    for (let i = 0; i < length; i++) {
      const from = (o * length + i) * inner;
      for (let j = 0; j < inner; j++) {
        const value = entries[from + j];
        results[j] = operation === 'sum' ? results[j] + value : Math.max(results[j], value);
      }
    }
    data.set(results, o * inner);
  }
  return { data, shape: all ? (keepDims ? t.shape.map(() => 1) : []) : reducedShape(t.shape, at, keepDims) };
}

/** Index of the largest entry along `axis`, the lowest of equal ones. */
export function argMax(t: HostTensor, axis = -1): HostTensor {
  const { at, outer, length, inner } = splitAxis('argMax', t.shape, axis);
  const data = new Int32Array(outer * inner);
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      let best = 0;
      for (let i = 1; i < length; i++) {
        if (t.data[(o * length + i) * inner + j] > t.data[(o * length + best) * inner + j]) best = i;
      }
      data[o * inner + j] = best;
    }
  }
  return { data, shape: reducedShape(t.shape, at, false) };
}

/** softmax over the last axis, or its logarithm. */
export function softmax(t: HostTensor, logarithm: boolean): HostTensor {
  const { outer, length } = splitAxis('softmax', t.shape, -1);
  const data = new Float32Array(t.data.length);
  for (let o = 0; o < outer; o++) {
    const start = o * length;
    let largest = -Infinity;
    for (let i = 0; i < length; i++) largest = Math.max(largest, t.data[start + i]);
    let sum = 0;
    for (let i = 0; i < length; i++) {
      const power = Math.exp(t.data[start + i] - largest);
      sum += power;
      data[start + i] = power;
    }
    const shift = largest + Math.log(sum);
    for (let i = 0; i < length; i++) {
      data[start + i] = logarithm ? t.data[start + i] - shift : data[start + i] / sum;
    }
  }
  return { data, shape: t.shape.slice() };
}

/** Each row (last axis) divided by its length. */
export function l2Normalise(t: HostTensor): HostTensor {
  const { outer, length } = splitAxis('l2Normalise', t.shape, -1);
  const data = new Float32Array(t.data.length);
  for (let o = 0; o < outer; o++) {
    let squares = 0;
    for (let i = 0; i < length; i++) squares += t.data[o * length + i] ** 2;
    const norm = Math.max(Math.sqrt(squares), SHORTEST_ROW);
    for (let i = 0; i < length; i++) data[o * length + i] = t.data[o * length + i] / norm;
  }
  return { data, shape: t.shape.slice() };
}
