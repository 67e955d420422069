import { showShape, sizeOf } from './host-shape.ts';
import { ShapeError } from './shape-error.ts';
import {
  expectNumbers,
  holdsLabels,
  readStrided,
  type StridedArray,
  toHostEntries,
} from './strided-array.ts';
import type { HostTensor } from './tensor-backend.ts';

/**
 * Arrays of arrays down to rows of numbers, which may be typed: `[[0.1, 0.9], [0.8, 0.2]]`. A single number that an
 * operation gives is `{ data, shape: [] }`, since a bare number does not say its type; `[0, K]` is told likewise.
 */
export type NestedArray = number | ArrayLike<number> | readonly NestedArray[] | StridedArray;

const isRow = (t: unknown): t is ArrayLike<number> =>
  (ArrayBuffer.isView(t) && !(t instanceof DataView)) ||
  (Array.isArray(t) && (t.length === 0 || typeof t[0] === 'number'));

/** Goes by the first entry of each level. */
export function shapeOfNested(t: NestedArray): number[] {
  if (typeof t === 'number') return [];
  if (isRow(t)) return [t.length];
  if (Array.isArray(t)) return [t.length, ...shapeOfNested(t[0])];
  return [...(t as StridedArray).shape];
}

/** @throws ShapeError where the rows differ in length or depth, or hold something else than numbers */
export function readNested(t: NestedArray): HostTensor {
  if (typeof t === 'number') return { data: Float32Array.of(t), shape: [] };
  if (isRow(t)) return { data: toHostEntries(t), shape: [t.length] };
  if (!Array.isArray(t)) return readStrided(t as StridedArray);
  const shape = shapeOfNested(t);
  const rows: ArrayLike<number>[] = [];
  collectRows(t, shape, '', rows);
  const data =
    rows.length > 0 && rows.every(holdsLabels)
      ? new Int32Array(sizeOf(shape))
      : new Float32Array(sizeOf(shape));
  const width = shape[shape.length - 1];
  for (let i = 0; i < rows.length; i++) data.set(rows[i], i * width);
  return { data, shape };
}

function collectRows(
  t: NestedArray,
  shape: readonly number[],
  path: string,
  rows: ArrayLike<number>[],
): void {
  const row = isRow(t);
  if (row !== (shape.length === 1) || !(row || Array.isArray(t)) || t.length !== shape[0]) {
    const found = row || Array.isArray(t) ? showShape(shapeOfNested(t)) : String(t);
    throw new ShapeError(
      `entry ${path} of a nested array is ${found}, but the first one has shape ${showShape(shape)}: make all rows alike`,
    );
  }
  if (row) {
    expectNumbers(t);
    rows.push(t);
  } else
    (t as NestedArray[]).forEach((item, i) => {
      collectRows(item, shape.slice(1), `${path}[${i}]`, rows);
    });
}

/** Rows are views into the memory of `t`. What nesting cannot say, one number or no rows, stays a host tensor. */
export function makeNested({ data, shape }: HostTensor): NestedArray {
  if (shape.length === 1) return data;
  if (shape.length === 0 || data.length === 0) return { data, shape };
  const [length, ...inner] = shape;
  const size = sizeOf(inner);
  return Array.from({ length }, (_, i) =>
    makeNested({ data: data.subarray(i * size, (i + 1) * size), shape: inner }),
  );
}
