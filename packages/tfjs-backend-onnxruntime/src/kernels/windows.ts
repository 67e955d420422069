import type { backend_util } from '@tensorflow/tfjs-core';
import type { Attributes, Value } from '../graph/graph.ts';
import { type Recorder, range, type Shape } from './recorder.ts';

/** How a window moves over the axes between batch and channels, two or three of them. */
export interface Window {
  kernel: Shape;
  strides: Shape;
  dilations: Shape;
  /** Padding at the start and at the end of each axis. */
  before: Shape;
  after: Shape;
}

export function windowOfImages(info: backend_util.Conv2DInfo): Window {
  const { top, bottom, left, right } = info.padInfo;
  return {
    kernel: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    before: [top, left],
    after: [bottom, right],
  };
}

export function windowOfVolumes(info: backend_util.Conv3DInfo): Window {
  const { front, back, top, bottom, left, right } = info.padInfo;
  return {
    kernel: [info.filterDepth, info.filterHeight, info.filterWidth],
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    dilations: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
    before: [front, top, left],
    after: [back, bottom, right],
  };
}

/** As ONNX's operators take it. */
export const windowAttributes = ({ kernel, strides, dilations, before, after }: Window) => ({
  kernel_shape: kernel,
  strides,
  dilations,
  pads: [...before, ...after],
});

/** [n, …, c] to [n, c, …], as ONNX's operators want it, and back. */
export function channelsSecond(record: Recorder, x: Value): Value {
  const rank = x.shape.length;
  return record.transpose(x, [0, rank - 1, ...range(rank - 2).map((i) => i + 1)]);
}
export function channelsBack(record: Recorder, x: Value): Value {
  const rank = x.shape.length;
  return record.transpose(x, [0, ...range(rank - 2).map((i) => i + 2), 1]);
}

/** How far the windows of `outputs` places reach, padding included. */
const reach = ({ kernel, strides, dilations }: Window, outputs: Shape): number[] =>
  outputs.map((count, i) => (count - 1) * strides[i] + dilations[i] * (kernel[i] - 1) + 1);

/** The same window with as much padding at the end as exactly `outputs` places need. */
export function fitted(window: Window, inputs: Shape, outputs: Shape): Window {
  const after = reach(window, outputs).map((whole, i) => Math.max(0, whole - inputs[i] - window.before[i]));
  return { ...window, after };
}

/** How much of each axis the windows of `outputs` places see. */
export const seenOf = (window: Window, inputs: Shape, outputs: Shape): number[] =>
  reach(window, outputs).map((whole, i) => Math.min(inputs[i], whole - window.before[i]));

/** Places that a window has along each axis, rounded down. */
export const placesOf = (window: Window, inputs: Shape): number[] =>
  reach(
    window,
    inputs.map(() => 1),
  ).map(
    (one, i) => Math.floor((inputs[i] + window.before[i] + window.after[i] - one) / window.strides[i]) + 1,
  );

/** Weights [o, i/group, …] over x [n, i, …]; `outputs` places, of which there may be more. */
export function slide(
  record: Recorder,
  x: Value,
  weight: Value,
  window: Window,
  outputs: Shape,
  group = 1,
): Value {
  const [n, o] = [x.shape[0], weight.shape[0]];
  const attributes: Attributes = { ...windowAttributes(window), group };
  const y = record.op('Conv', [x, weight], [n, o, ...placesOf(window, x.shape.slice(2))], { attributes });
  return record.slice(y, [0, 0, ...outputs.map(() => 0)], [n, o, ...outputs]);
}

/** What `slide` does, backwards to x: every dy goes to what its window saw. */
export function slideBack(
  record: Recorder,
  dy: Value,
  weight: Value,
  window: Window,
  inputs: Shape,
  group = 1,
): Value {
  const exact = fitted(window, inputs, dy.shape.slice(2));
  const seen = seenOf(window, inputs, dy.shape.slice(2));
  const channels = weight.shape[1] * group;
  const dx = record.op('ConvTranspose', [dy, weight], [dy.shape[0], channels, ...seen], {
    attributes: { ...windowAttributes(exact), group },
  });
  return filled(record, dx, inputs);
}

/** Zeros at the ends of the last axes, up to `lengths`. */
export function filled(record: Recorder, x: Value, lengths: Shape): Value {
  const missing = lengths.map((length, i) => length - x.shape[i + 2]);
  if (missing.every((count) => count === 0)) return x;
  const pads = [...range(lengths.length + 4).map(() => 0), ...missing];
  return record.op('Pad', [x, record.ints(pads)], [...x.shape.slice(0, 2), ...lengths], {
    attributes: { mode: 'constant' },
  });
}

/**
 * What `slide` does, backwards to the weights: x [i, n, …] is slid over with dy [o, n, …] for weights, with strides and
 * dilations in each other's place. Returns [i, o, …], or [1, o, …] of x [1, group · n, …].
 */
export function slideForWeights(record: Recorder, x: Value, dy: Value, window: Window, group = 1): Value {
  const swapped: Window = {
    ...window,
    kernel: dy.shape.slice(2),
    strides: window.dilations,
    dilations: window.strides,
  };
  return slide(record, x, dy, swapped, window.kernel, group);
}
