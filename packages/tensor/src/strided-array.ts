import { showShape, sizeOf } from './host-shape.ts';
import { ShapeError } from './shape-error.ts';
import type { HostTensor } from './tensor-backend.ts';

/**
 * An array by structure: entry (i, j, …) is `data[offset + i·stride[0] + j·stride[1] + …]`. `ndarray` of scijs is one;
 * `@stdlib/ndarray` says `strides`. Without strides the entries lie in order, as in a host tensor.
 */
export interface StridedArray {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
  readonly stride?: readonly number[];
  readonly strides?: readonly number[];
  readonly offset?: number;
}

const INTEGERS = [Int32Array, Int16Array, Uint16Array, Int8Array, Uint8Array, Uint8ClampedArray];

/** Whether the type of the entries makes them labels (int32); anything else is read as float32. */
export function holdsLabels(data: ArrayLike<number>): boolean {
  return INTEGERS.some((Kind) => data instanceof Kind);
}

/** @throws ShapeError where the entries are BigInts, which are no numbers */
export function expectNumbers(data: ArrayLike<unknown>): void {
  if (typeof data[0] !== 'bigint') return;
  throw new ShapeError(
    `an array holds BigInts (${data[0]}n first), but must hold numbers: convert them with Number`,
  );
}

/** Copies only to convert. */
export function toHostEntries(data: ArrayLike<number>): Float32Array | Int32Array {
  if (data instanceof Float32Array || data instanceof Int32Array) return data;
  expectNumbers(data);
  return holdsLabels(data) ? Int32Array.from(data) : Float32Array.from(data);
}

/** Strides of entries that lie in order. */
export function denseStrides(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** @throws ShapeError where `t` has no plain data, or its shape and strides reach outside it */
export function readStrided(t: StridedArray): HostTensor {
  const { data, shape, offset = 0 } = t ?? {};
  const plain = ArrayBuffer.isView(data) || Array.isArray(data);
  if (!plain || typeof shape !== 'object') {
    throw new ShapeError(
      `${t} is no array: pass nested arrays, or an object with data, shape, stride and offset`,
    );
  }
  const size = sizeOf(shape);
  const dense = denseStrides(shape);
  const strides = t.stride ?? t.strides ?? dense;
  const reach = size === 0 ? [offset] : corners(shape, strides, offset);
  if (Math.min(...reach) < 0 || (size > 0 && Math.max(...reach) >= data.length)) {
    throw new ShapeError(
      `an array of shape ${showShape(shape)}, stride ${showShape(strides)} and offset ${offset} needs entries ${Math.min(...reach)} … ${Math.max(...reach)}, but its data has ${data.length}`,
    );
  }
  const host = toHostEntries(data);
  if (shape.every((length, axis) => length === 1 || strides[axis] === dense[axis])) {
    return { data: host.subarray(offset, offset + size), shape: [...shape] };
  }
  return { data: inOrder(host, shape, strides, offset, size), shape: [...shape] };
}

/** The lowest and the highest index that is read. */
function corners(shape: readonly number[], strides: readonly number[], offset: number): [number, number] {
  let low = offset;
  let high = offset;
  shape.forEach((length, axis) => {
    const last = (length - 1) * strides[axis];
    if (last < 0) low += last;
    else high += last;
  });
  return [low, high];
}

function inOrder(
  from: Float32Array | Int32Array,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
  size: number,
): Float32Array | Int32Array {
  const data = from instanceof Int32Array ? new Int32Array(size) : new Float32Array(size);
  const last = shape.length - 1;
  const width = shape[last];
  for (let start = 0; start < size; start += width) {
    let at = offset;
    for (let axis = last - 1, rest = start / width; axis >= 0; axis--) {
      at += (rest % shape[axis]) * strides[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    for (let j = 0; j < width; j++) data[start + j] = from[at + j * strides[last]];
  }
  return data;
}
