import type { Value } from '../../graph/graph.ts';
import { type Recorder, sizeOf } from '../recorder.ts';

/** How a window moves over the images. */
export interface Convolution {
  /** Rows, columns. */
  strides: readonly [number, number];
  /** Top, left, bottom, right. */
  padding: readonly [number, number, number, number];
  /** Rows, columns. */
  dilations: readonly [number, number];
}

/** What it gives along an axis, rounded down. */
export function outputLength(
  x: Value,
  kernel: number,
  axis: 0 | 1,
  { strides, padding, dilations }: Convolution,
): number {
  const room = x.shape[1 + axis] + padding[axis] + padding[axis + 2] - dilations[axis] * (kernel - 1) - 1;
  return Math.floor(room / strides[axis]) + 1;
}

export const isPointwise = (weight: readonly number[], { padding }: Convolution): boolean =>
  weight[2] === 1 && weight[3] === 1 && padding.every((side) => side === 0);

/** [c, h, w, n] as a matrix with a row for each channel. */
export const rowsOf = (record: Recorder, x: Value): Value =>
  record.reshape(x, [x.shape[0], sizeOf(x.shape) / x.shape[0]]);

/** A batch as one image: the columns are w groups of n. */
export const asOneImage = (record: Recorder, x: Value): Value => {
  const [c, h, w, n] = x.shape;
  return record.reshape(x, [1, c, h, w * n]);
};

/** Zeros around the images: top, left, bottom, right. */
export function padded(record: Recorder, x: Value, padding: readonly number[]): Value {
  if (padding.every((side) => side === 0)) return x;
  const [top, left, bottom, right] = padding;
  const [c, h, w, n] = x.shape;
  return record.op(
    'Pad',
    [x, record.ints([0, top, left, 0, 0, bottom, right, 0])],
    [c, h + top + bottom, w + left + right, n],
    { attributes: { mode: 'constant' } },
  );
}

/** Every `stride`th row and column from `row` and `column` on, `height` × `width` of them. */
export function sampled(
  record: Recorder,
  x: Value,
  [row, column]: readonly number[],
  [height, width]: readonly number[],
  strides: readonly [number, number],
): Value {
  const [c, h, w, n] = x.shape;
  const end = [row + (height - 1) * strides[0] + 1, column + (width - 1) * strides[1] + 1];
  if (strides[0] === 1 && strides[1] === 1 && height === h && width === w) return x;
  return record.op(
    'Slice',
    [x, record.ints([row, column]), record.ints(end), record.ints([1, 2]), record.ints(strides)],
    [c, height, width, n],
  );
}
