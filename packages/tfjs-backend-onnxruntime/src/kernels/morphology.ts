import * as tf from '@tensorflow/tfjs-core';
import { hostValue, type Value } from '../graph/graph.ts';
import { type NativeKernel, type Recorder, range, sizeOf } from './recorder.ts';
import { type Window, windowOfImages } from './windows.ts';

type Shape4 = [number, number, number, number];
type Shape3 = [number, number, number];

/** A dilation: the largest of x + filter under the window. */
interface Dilation {
  window: Window;
  /** x with room for the windows, where nothing is ever the largest. */
  images: Value;
  /** [n, height, width, c] of what comes out. */
  shape: Shape4;
  /** x + filter for every place of the window, in reading order. */
  taps: Value[];
}

function dilationOf(
  record: Recorder,
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  attributes: Record<string, unknown>,
): Dilation {
  const { strides, pad, dilations } = attributes as {
    strides: number | [number, number];
    pad: 'valid' | 'same' | number;
    dilations: number | [number, number];
  };
  const [value, offsets] = [record.value(x), record.value(filter)];
  if (value.type !== 'float32' || offsets.type !== 'float32' || sizeOf(x.shape) === 0) record.decline();
  const info = tf.backend_util.computeDilation2DInfo(
    x.shape as Shape4,
    filter.shape as Shape3,
    strides,
    pad,
    'NHWC',
    dilations,
  );
  const window = windowOfImages(info);
  const { before, after, kernel } = window;
  const shape = info.outShape;
  const pads = [0, ...before, 0, 0, ...after, 0];
  const padded = value.shape.map((length, i) => length + pads[i] + pads[i + 4]);
  const images = record.op(
    'Pad',
    [value, record.ints(pads), record.scalar(Number.NEGATIVE_INFINITY)],
    padded,
    {
      attributes: { mode: 'constant' },
    },
  );
  const taps = range(sizeOf(kernel)).map((tap) => {
    const place = [Math.floor(tap / kernel[1]), tap % kernel[1]];
    const begin = place.map((at, i) => at * window.dilations[i]);
    const end = begin.map((at, i) => at + (shape[i + 1] - 1) * window.strides[i] + 1);
    const inputs = [begin, end, [1, 2], window.strides].map((values) => record.ints(values));
    const seen = record.op('Slice', [images, ...inputs], shape);
    const offset = record.slice(offsets, [...place, 0], [1, 1, shape[3]]);
    return record.op('Add', [seen, record.reshape(offset, [shape[3]])], shape);
  });
  return { window, images, shape, taps };
}

const dilation: NativeKernel = ({ x, filter }, attributes, record) => {
  const { taps, shape } = dilationOf(record, x, filter, attributes);
  return record.op('Max', taps, shape);
};

/** Which tap was the largest, the first of equal ones: [n, height, width, c]. */
function winnersOf(record: Recorder, { taps, shape }: Dilation): Value {
  const apart = taps.map((tap) => record.reshape(tap, [1, ...shape]));
  const together = record.op('Concat', apart, [taps.length, ...shape], { attributes: { axis: 0 } });
  return record.op('ArgMax', [together], shape, { type: 'int64', attributes: { axis: 0, keepdims: 0 } });
}

const filterGradient: NativeKernel = ({ x, filter, dy }, attributes, record) => {
  const made = dilationOf(record, x, filter, attributes);
  const winners = winnersOf(record, made);
  const gradient = record.value(dy);
  const parts = made.taps.map((_, tap) => {
    const won = record.op('Equal', [winners, record.scalar(tap, 'int64')], made.shape, { type: 'bool' });
    const part = record.op('Where', [won, gradient, record.scalar(0)], made.shape, { type: 'float32' });
    return record.reshape(record.reduce('ReduceSum', part, [0, 1, 2], false), [1, made.shape[3]]);
  });
  const rows = record.op('Concat', parts, [parts.length, made.shape[3]], { attributes: { axis: 0 } });
  return record.reshape(rows, filter.shape);
};

const inputGradient: NativeKernel = ({ x, filter, dy }, attributes, record) => {
  const made = dilationOf(record, x, filter, attributes);
  const { window, images, shape } = made;
  const [n, height, width, c] = shape;
  const columns = images.shape[2];
  // Where a tap stands from the corner of its window, and where the corners are, in pixels of the padded images.
  const taps = made.taps.map(
    (_, tap) =>
      Math.floor(tap / window.kernel[1]) * window.dilations[0] * columns +
      (tap % window.kernel[1]) * window.dilations[1],
  );
  const corners = range(height * width).map(
    (i) => Math.floor(i / width) * window.strides[0] * columns + (i % width) * window.strides[1],
  );
  const table = (values: number[], of: number[]) =>
    hostValue(BigInt64Array.from(values, BigInt), of, 'int64');
  const reached = record.op('Gather', [table(taps, [taps.length]), winnersOf(record, made)], shape, {
    attributes: { axis: 0 },
  });
  const places = record.op('Add', [reached, table(corners, [height, width, 1])], shape);

  const pixels = images.shape[1] * columns;
  const zeros = record.expand(record.scalar(0), [n, pixels, c]);
  const flat = [places, record.value(dy)].map((value) => record.reshape(value, [n, height * width, c]));
  const sums = record.op('ScatterElements', [zeros, ...flat], [n, pixels, c], {
    attributes: { axis: 1, reduction: 'add' },
  });
  return record.slice(record.reshape(sums, images.shape), [0, ...window.before, 0], x.shape);
};

export const morphologyKernels: Record<string, NativeKernel> = {
  [tf.Dilation2D]: dilation,
  [tf.Dilation2DBackpropFilter]: filterGradient,
  [tf.Dilation2DBackpropInput]: inputGradient,
};
