import type { Value } from '../../graph/graph.ts';
import { type Recorder, range, sizeOf } from '../recorder.ts';
import { inBlocks, isWorthBlocks, toBlocks, weightFromBlocks } from './blocks.ts';
import { columnsOf } from './columns.ts';
import { type Convolution, padded, rowsOf } from './geometry.ts';

/** The batch moved by each shift along an axis, one below the other: [c · shifts, h · w · n]. Zeros come in. */
function shiftedRows(record: Recorder, x: Value, axis: 1 | 2, shifts: readonly number[]): Value {
  const [channels, positions] = rowsOf(record, x).shape;
  const before = Math.max(0, ...shifts);
  const after = Math.max(0, ...shifts.map((by) => -by));
  // One image with room on both sides: an operator that pads and cuts at once copies number by number.
  const room = padded(record, x, axis === 1 ? [before, 0, after, 0] : [0, before, 0, after]);
  const parts = shifts.map((by) => {
    const corner = [0, 0, 0, 0];
    corner[axis] = before - by;
    return record.reshape(record.slice(room, corner, x.shape), [channels, 1, positions]);
  });
  if (parts.length === 1) return record.reshape(parts[0], [channels, positions]);
  const together = record.op('Concat', parts, [channels, shifts.length, positions], {
    attributes: { axis: 1 },
  });
  return record.reshape(together, [channels * shifts.length, positions]);
}

/**
 * dWeight [O, I, kh, kw] of CHWN x and dy: the product of dy with what every tap saw.
 *
 * Where images keep their size, rows are shifted in x and columns in dy, which copies kh + kw batches instead of
 * kh · kw; the order of the result then costs a turn of the weights, so not where they are large.
 */
export function convolutionWeightGradient(
  record: Recorder,
  x: Value,
  dy: Value,
  weightShape: readonly number[],
  convolution: Convolution,
): Value {
  const [outputs, inputs, kernelHeight, kernelWidth] = weightShape;
  const { strides, padding, dilations } = convolution;
  const sameSize =
    strides.every((by) => by === 1) && x.shape[1] === dy.shape[1] && x.shape[2] === dy.shape[2];
  if (sameSize && kernelHeight > 1 && kernelWidth > 1 && sizeOf(weightShape) < sizeOf(x.shape)) {
    const rows = range(kernelHeight).map((tap) => padding[0] - tap * dilations[0]);
    const columns = range(kernelWidth).map((tap) => tap * dilations[1] - padding[1]);
    const product = record.matMul(
      shiftedRows(record, dy, 2, columns),
      shiftedRows(record, x, 1, rows),
      false,
      true,
    );
    const split = record.reshape(product, [outputs, kernelWidth, inputs, kernelHeight]);
    return record.transpose(split, [0, 2, 3, 1]);
  }
  if (isWorthBlocks(weightShape, convolution)) {
    const blocked = toBlocks(record, x, weightShape, dy.shape.slice(1, 3), convolution);
    const gradient = convolutionWeightGradient(record, blocked.images, dy, blocked.weightShape, inBlocks);
    return weightFromBlocks(record, gradient, weightShape, convolution);
  }
  const columns = columnsOf(record, x, weightShape.slice(2), dy.shape.slice(1, 3), convolution);
  return record.reshape(record.matMul(rowsOf(record, dy), columns, false, true), weightShape);
}
