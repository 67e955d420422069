import type { Value } from '../../graph/graph.ts';
import { type Recorder, range } from '../recorder.ts';

/** What one tap of a window that moves by strides gives to the images, [a, h, w, b] with a number for each place. */
export interface TapShare {
  value: Value;
  /** Where the tap's first place stands in the images. */
  row: number;
  column: number;
}

/**
 * The sum [a, height, width, b] of what all taps of a window give: place i of a tap stands `strides` · i behind its
 * first. Taps of one remainder by the strides are added up as small images, whose rows and columns then take turns.
 */
export function addTaps(
  record: Recorder,
  shares: readonly TapShare[],
  strides: readonly [number, number],
  [height, width]: readonly number[],
): Value {
  const [a, rows, columns, b] = shares[0].value.shape;
  const grid = [Math.ceil(height / strides[0]), Math.ceil(width / strides[1])];
  const shape = [a, ...grid, b];

  const imageOf = (row: number, column: number): Value => {
    const parts = shares
      .filter((share) => share.row % strides[0] === row && share.column % strides[1] === column)
      .map((share) => placed(share));
    if (parts.length === 0) return record.expand(record.scalar(0), shape);
    return parts.reduce((sum, part) => record.op('Add', [sum, part], shape));
  };
  /** In the small image of its remainder. */
  const placed = ({ value, row, column }: TapShare): Value => {
    const first = [Math.floor(row / strides[0]), Math.floor(column / strides[1])];
    // What falls behind the images' last row or column is not seen by any window.
    const kept = [Math.min(rows, grid[0] - first[0]), Math.min(columns, grid[1] - first[1])];
    const last = first.map((at, axis) => grid[axis] - at - kept[axis]);
    const part = record.slice(value, [0, 0, 0, 0], [a, ...kept, b]);
    if ([...first, ...last].every((zeros) => zeros === 0)) return part;
    const pads = record.ints([0, first[0], first[1], 0, 0, last[0], last[1], 0]);
    return record.op('Pad', [part, pads], shape, { attributes: { mode: 'constant' } });
  };
  const interleaved = (parts: Value[], axis: number): Value => {
    if (parts.length === 1) return parts[0];
    const together = parts[0].shape.map((length, i) => (i === axis ? parts.length : length));
    return record.op('Concat', parts, together, { attributes: { axis } });
  };
  const wide = [a, grid[0], 1, grid[1], 1, b];
  const lines = range(strides[0]).map((row) =>
    interleaved(
      range(strides[1]).map((column) => record.reshape(imageOf(row, column), wide)),
      4,
    ),
  );
  const whole = record.reshape(interleaved(lines, 2), [a, grid[0] * strides[0], grid[1] * strides[1], b]);
  return record.slice(whole, [0, 0, 0, 0], [a, height, width, b]);
}
