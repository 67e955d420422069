import * as tf from '@tensorflow/tfjs-core';
import type { Value } from '../graph/graph.ts';
import { type NativeKernel, type Recorder, sizeOf } from './recorder.ts';
import {
  channelsBack,
  channelsSecond,
  fitted,
  slide,
  slideBack,
  slideForWeights,
  type Window,
  windowOfVolumes,
} from './windows.ts';

type Shape5 = [number, number, number, number, number];

interface Convolution3d {
  window: Window;
  outputs: readonly number[];
}

function convolutionOf(record: Recorder, x: number[], filter: number[], attributes: object): Convolution3d {
  const { strides, pad, dilations } = attributes as {
    strides: number | [number, number, number];
    pad: 'valid' | 'same';
    dilations?: number | [number, number, number];
  };
  if (sizeOf(x) === 0) record.decline();
  const info = tf.backend_util.computeConv3DInfo(x as Shape5, filter as Shape5, strides, dilations ?? 1, pad);
  const outputs = [info.outDepth, info.outHeight, info.outWidth];
  const window = fitted(windowOfVolumes(info), x.slice(1, 4), outputs);
  // With strides above the filter's size, tfjs may begin inside of the volume.
  if (outputs.some((length) => length < 1) || window.before.some((side) => side < 0)) record.decline();
  return { window, outputs };
}

/** [depth, height, width, i, o] to [o, i, depth, height, width]. */
const weightOf = (record: Recorder, filter: Value): Value => record.transpose(filter, [4, 3, 0, 1, 2]);

const conv3d: NativeKernel = ({ x, filter }, attributes, record) => {
  const { window, outputs } = convolutionOf(record, x.shape, filter.shape, attributes);
  const volumes = channelsSecond(record, record.value(x));
  if (volumes.type !== 'float32') record.decline();
  return channelsBack(
    record,
    slide(record, volumes, weightOf(record, record.value(filter)), window, outputs),
  );
};

const conv3dInput: NativeKernel = ({ dy, filter }, attributes, record) => {
  const { inputShape } = attributes as unknown as { inputShape: number[] };
  const { window } = convolutionOf(record, inputShape, filter.shape, attributes);
  const gradient = channelsSecond(record, record.value(dy));
  const weight = weightOf(record, record.value(filter));
  return channelsBack(record, slideBack(record, gradient, weight, window, inputShape.slice(1, 4)));
};

const conv3dFilter: NativeKernel = ({ x, dy }, attributes, record) => {
  const { filterShape } = attributes as unknown as { filterShape: number[] };
  const { window } = convolutionOf(record, x.shape, filterShape, attributes);
  const [volumes, gradient] = [x, dy].map((t) => record.transpose(record.value(t), [4, 0, 1, 2, 3]));
  return record.transpose(slideForWeights(record, volumes, gradient, window), [2, 3, 4, 0, 1]);
};

export const volumeKernels: Record<string, NativeKernel> = {
  [tf.Conv3D]: conv3d,
  [tf.Conv3DBackpropInputV2]: conv3dInput,
  [tf.Conv3DBackpropFilterV2]: conv3dFilter,
};
