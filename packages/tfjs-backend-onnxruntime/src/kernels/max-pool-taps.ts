import type { Value } from '../graph/graph.ts';
import { type Recorder, range } from './recorder.ts';
import type { Window } from './windows.ts';

/** Padding never wins. Finite, as shaders need not know infinity. */
const LOWEST = -3.4028234663852886e38;

function padded(
  record: Recorder,
  x: Value,
  [top, left]: readonly number[],
  [bottom, right]: readonly number[],
  fill: number,
): Value {
  if (top + left + bottom + right === 0) return x;
  const [n, h, w, c] = x.shape;
  return record.op(
    'Pad',
    [x, record.ints([0, top, left, 0, 0, bottom, right, 0]), record.scalar(fill)],
    [n, h + top + bottom, w + left + right, c],
    { attributes: { mode: 'constant' } },
  );
}

/** What every tap of the window is given of dy: the first in reading order that holds the maximum takes it. */
function sharesOf(record: Recorder, images: Value, y: Value, dy: Value, { kernel, strides }: Window) {
  const zero = record.scalar(0);
  let left = dy;
  return range(kernel[0] * kernel[1]).map((tap) => {
    const corner = [Math.floor(tap / kernel[1]), tap % kernel[1]];
    const end = [0, 1].map((axis) => corner[axis] + (y.shape[1 + axis] - 1) * strides[axis] + 1);
    const seen = record.op(
      'Slice',
      [images, record.ints(corner), record.ints(end), record.ints([1, 2]), record.ints(strides)],
      y.shape,
    );
    const wins = record.op('Equal', [seen, y], y.shape, { type: 'bool' });
    const share = record.op('Where', [wins, left, zero], y.shape, { type: 'float32' });
    left = record.op('Where', [wins, zero, left], y.shape, { type: 'float32' });
    return share;
  });
}

/**
 * The gradient of a max pool of NHWC images x with outputs y, for providers whose pool does not say which entry won.
 *
 * Tap i of a window with stride s adds to every s-th row, from row i on: the taps of one remainder i mod s are added
 * up as small images, and the images of all remainders are interleaved.
 */
export function maxPoolGradientByTaps(
  record: Recorder,
  x: Value,
  y: Value,
  dy: Value,
  window: Window,
): Value {
  const { kernel, strides, before, after } = window;
  const images = padded(record, x, before, after, LOWEST);
  const shares = sharesOf(record, images, y, dy, window);
  const [n, rows, columns, c] = images.shape;
  const grid = [Math.ceil(rows / strides[0]), Math.ceil(columns / strides[1])];

  const imageOf = (row: number, column: number): Value => {
    const parts = shares.flatMap((share, tap) => {
      const place = [Math.floor(tap / kernel[1]), tap % kernel[1]];
      if (place[0] % strides[0] !== row || place[1] % strides[1] !== column) return [];
      const first = place.map((at, axis) => Math.floor(at / strides[axis]));
      const last = first.map((at, axis) => grid[axis] - at - y.shape[1 + axis]);
      return [padded(record, share, first, last, 0)];
    });
    const shape = [n, ...grid, c];
    if (parts.length === 0) return record.expand(record.scalar(0), shape);
    return parts.reduce((sum, part) => record.op('Add', [sum, part], shape));
  };
  const interleaved = (parts: Value[], axis: number): Value => {
    if (parts.length === 1) return parts[0];
    const shape = parts[0].shape.map((length, i) => (i === axis ? parts.length : length));
    return record.op('Concat', parts, shape, { attributes: { axis } });
  };
  const wide = [n, grid[0], 1, grid[1], 1, c];
  const lines = range(strides[0]).map((row) =>
    interleaved(
      range(strides[1]).map((column) => record.reshape(imageOf(row, column), wide)),
      4,
    ),
  );
  const whole = record.reshape(interleaved(lines, 2), [n, grid[0] * strides[0], grid[1] * strides[1], c]);
  return record.slice(whole, [0, before[0], before[1], 0], x.shape);
}
