import * as tf from '@tensorflow/tfjs-core';
import type { Value } from '../graph/graph.ts';
import { whereNan } from './elementwise.ts';
import { maxPoolGradientByTaps } from './max-pool-taps.ts';
import { type NativeKernel, type Recorder, type Shape, sizeOf } from './recorder.ts';
import { reversed } from './shapes.ts';
import {
  channelsBack,
  channelsSecond,
  filled,
  fitted,
  placesOf,
  seenOf,
  slideBack,
  type Window,
  windowAttributes,
  windowOfImages,
  windowOfVolumes,
} from './windows.ts';

/** Pools of images and of volumes. */
interface Pool {
  window: Window;
  /** Lengths of the axes that the window moves over, of what goes in and of what comes out. */
  inputs: Shape;
  outputs: Shape;
  /** [n, c, …] of what comes out. */
  shape: Shape;
}

interface PoolAttributes {
  filterSize: number;
  strides: number;
  pad: 'valid' | 'same' | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

function poolOf(record: Recorder, shape: number[], attributes: Record<string, unknown>): Pool {
  const { filterSize, strides, pad, dimRoundingMode } = attributes as unknown as PoolAttributes;
  if (sizeOf(shape) === 0 || shape.length < 4) record.decline();
  const { computePool2DInfo, computePool3DInfo } = tf.backend_util;
  const [n, c] = [shape[0], shape[shape.length - 1]];
  const inputs = shape.slice(1, -1);
  let given: Window;
  let outputs: number[];
  if (shape.length === 4) {
    const info = computePool2DInfo(
      shape as [number, number, number, number],
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    given = windowOfImages(info);
    outputs = [info.outHeight, info.outWidth];
  } else {
    const five = shape as [number, number, number, number, number];
    const info = computePool3DInfo(five, filterSize, strides, 1, pad, dimRoundingMode);
    given = windowOfVolumes(info);
    outputs = [info.outDepth, info.outHeight, info.outWidth];
  }
  // tfjs may round the number of places up, ONNX rounds it down.
  const window = fitted(given, inputs, outputs);
  const places = placesOf(window, inputs);
  if (outputs.some((length, i) => length < 1 || length !== places[i])) record.decline();
  // ONNX wants windows that touch the image.
  const { kernel, before, after } = window;
  const fits = (side: number, length: number) => side >= 0 && side < length;
  if (kernel.some((length, i) => !fits(before[i], length) || !fits(after[i], length))) record.decline();
  return { window, inputs, outputs, shape: [n, c, ...outputs] };
}

/** The largest entries of x [n, c, …] and where they stand, which only onnxruntime's CPU tells. */
function maxOf(record: Recorder, x: Value, shape: Shape, window: Window): readonly Value[] {
  if (record.device !== 'cpu') record.decline();
  const outputs = [
    { shape, type: 'float32' },
    { shape, type: 'int64' },
  ] as const;
  return record.ops('MaxPool', [x], outputs, windowAttributes(window));
}

const maxPool: NativeKernel = ({ x }, attributes, record) => {
  const { window, shape } = poolOf(record, x.shape, attributes);
  const value = record.value(x);
  if (value.type !== 'float32') record.decline();
  const y = record.op('MaxPool', [channelsSecond(record, value)], shape, {
    attributes: windowAttributes(window),
  });
  return channelsBack(record, y);
};

/** dy added up where the winners of x [n, c, …] stand. */
function toWinners(record: Recorder, x: Value, dy: Value, window: Window): Value {
  const [, winners] = maxOf(record, x, dy.shape, window);
  const [from, to] = [sizeOf(dy.shape), sizeOf(x.shape)];
  const zeros = record.expand(record.scalar(0), [to]);
  const inputs = [zeros, record.reshape(winners, [from]), record.reshape(dy, [from])];
  const sums = record.op('ScatterElements', inputs, [to], { attributes: { axis: 0, reduction: 'add' } });
  return record.reshape(sums, x.shape);
}

/** Of equal entries, the first one wins. */
const maxPoolGradient: NativeKernel = ({ dy, input, output }, attributes, record) => {
  const { window } = poolOf(record, input.shape, attributes);
  if (record.device !== 'cpu') {
    const [x, y, gradient] = [input, output, dy].map((tensor) => record.value(tensor));
    return maxPoolGradientByTaps(record, x, y, gradient, window);
  }
  const [images, gradient] = [input, dy].map((t) => channelsSecond(record, record.value(t)));
  return channelsBack(record, toWinners(record, images, gradient, window));
};

/** Of equal entries, tfjs lets the last one win in volumes: the first one, seen from the end. */
const maxPool3dGradient: NativeKernel = ({ dy, input }, attributes, record) => {
  const { window, inputs, outputs } = poolOf(record, input.shape, attributes);
  const [volumes, gradient] = [input, dy].map((t) => channelsSecond(record, record.value(t)));
  // What no window reaches is cut off, so that the windows from the end are those from the start.
  const used = seenOf(window, inputs, outputs);
  const axes = [2, 3, 4];
  const seen = record.slice(volumes, [0, 0, 0, 0, 0], [...volumes.shape.slice(0, 2), ...used]);
  const turned = { ...window, before: window.after, after: window.before };
  const won = toWinners(record, reversed(record, seen, axes), reversed(record, gradient, axes), turned);
  return channelsBack(record, filled(record, reversed(record, won, axes), inputs));
};

/** The place of each maximum among all of its image's pixels and channels; with the batch, among all images'. */
const maxPoolWithArgmax: NativeKernel = ({ x }, attributes, record) => {
  const { includeBatchInIndex } = attributes as unknown as { includeBatchInIndex: boolean };
  const { window, inputs, shape } = poolOf(record, x.shape, attributes);
  const value = record.value(x);
  if (value.type !== 'float32') record.decline();
  // NaN never wins in tfjs; with the place of the winner asked for, it may in ONNX.
  const numbers = whereNan(record, value, record.scalar(Number.NEGATIVE_INFINITY), value);
  const [y, winners] = maxOf(record, channelsSecond(record, numbers), shape, window);
  const all = (operator: string, a: Value, b: Value) => record.op(operator, [a, b], a.shape);
  const number = (one: number) => record.scalar(one, 'int64');

  // ONNX counts in [n, c, h, w].
  const [n, channels] = shape;
  const pixels = sizeOf(inputs);
  let place = all('Mul', all('Mod', channelsBack(record, winners), number(pixels)), number(channels));
  place = all('Add', place, record.counting(channels));
  if (includeBatchInIndex) {
    const images = record.reshape(record.counting(n), [n, 1, 1, 1]);
    place = all('Add', place, all('Mul', images, number(pixels * channels)));
  }
  return [channelsBack(record, y), record.cast(place, 'int32')];
};

const averagePool: NativeKernel = ({ x }, attributes, record) => {
  const { window, shape } = poolOf(record, x.shape, attributes);
  const value = channelsSecond(record, record.cast(record.value(x), 'float32'));
  const y = record.op('AveragePool', [value], shape, {
    attributes: {
      kernel_shape: window.kernel,
      strides: window.strides,
      pads: [...window.before, ...window.after],
      count_include_pad: 0,
    },
  });
  return channelsBack(record, y);
};

/** tfjs spreads dy evenly over the whole window, padding included. */
const averagePoolGradient: NativeKernel = ({ dy, input }, attributes, record) => {
  const { window, inputs, outputs, shape } = poolOf(record, input.shape, attributes);
  const [n, c] = shape;
  const gradient = channelsSecond(record, record.value(dy));
  const share = record.op('Div', [gradient, record.scalar(sizeOf(window.kernel))], gradient.shape);
  const planes = record.reshape(share, [n * c, 1, ...outputs]);
  const ones = record.expand(record.scalar(1), [1, 1, ...window.kernel]);
  const dx = slideBack(record, planes, ones, window, inputs);
  return channelsBack(record, record.reshape(dx, [n, c, ...inputs]));
};

export const poolingKernels: Record<string, NativeKernel> = {
  [tf.MaxPool]: maxPool,
  [tf.MaxPoolGrad]: maxPoolGradient,
  [tf.MaxPoolWithArgmax]: maxPoolWithArgmax,
  [tf.AvgPool]: averagePool,
  [tf.AvgPoolGrad]: averagePoolGradient,
  [tf.MaxPool3D]: maxPool,
  [tf.MaxPool3DGrad]: maxPool3dGradient,
  [tf.AvgPool3D]: averagePool,
  [tf.AvgPool3DGrad]: averagePoolGradient,
};
