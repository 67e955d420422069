import { broadcastShape, sizeOf } from './host-shape.ts';
import type { HostTensor } from './tensor-backend.ts';

type Binary = (a: number, b: number) => number;

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

/** `f` of each pair of entries after broadcasting. */
export function combine(
  operation: string,
  a: HostTensor,
  other: HostTensor | number,
  f: Binary,
  integers = true,
): HostTensor {
  const b = typeof other === 'number' ? scalar(other) : other;
  const shape = broadcastShape(operation, a.shape, b.shape);
  const size = sizeOf(shape);
  const keepsIntegers = integers && a.data instanceof Int32Array && b.data instanceof Int32Array;
  const data = keepsIntegers ? new Int32Array(size) : new Float32Array(size);
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
    for (let j = 0; j < width; j++) {
      data[start + j] = f(a.data[left + j * stepA], b.data[right + j * stepB]);
    }
  }
  return { data, shape };
}

/** `f` of each entry, as float32. */
export function map(t: HostTensor, f: (value: number) => number): HostTensor {
  const data = new Float32Array(t.data.length);
  for (let i = 0; i < data.length; i++) data[i] = f(t.data[i]);
  return { data, shape: t.shape.slice() };
}
