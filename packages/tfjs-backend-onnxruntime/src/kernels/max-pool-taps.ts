import type { Value } from '../graph/graph.ts';
import { addTaps } from './convolution/add-taps.ts';
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

/** The gradient of a max pool of NHWC images x with outputs y, for providers whose pool does not say which entry won. */
export function maxPoolGradientByTaps(
  record: Recorder,
  x: Value,
  y: Value,
  dy: Value,
  window: Window,
): Value {
  const { kernel, strides, before, after } = window;
  const images = padded(record, x, before, after, LOWEST);
  const shares = sharesOf(record, images, y, dy, window).map((value, tap) => ({
    value,
    row: Math.floor(tap / kernel[1]),
    column: tap % kernel[1],
  }));
  const whole = addTaps(record, shares, [strides[0], strides[1]], images.shape.slice(1, 3));
  return record.slice(whole, [0, before[0], before[1], 0], x.shape);
}
