import * as tf from '@tensorflow/tfjs-core';
import { type NativeKernel, type Recorder, sizeOf } from './recorder.ts';
import {
  channelsBack,
  channelsSecond,
  slideBack,
  slideForWeights,
  type Window,
  windowOfImages,
} from './windows.ts';

type Shape4 = [number, number, number, number];

function windowOf(record: Recorder, x: number[], filter: number[], attributes: object): Window {
  const { strides, pad, dilations, dimRoundingMode } = attributes as {
    strides: number | [number, number];
    pad: 'valid' | 'same' | number;
    dilations?: number | [number, number];
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  };
  if (sizeOf(x) === 0) record.decline();
  return windowOfImages(
    tf.backend_util.computeConv2DInfo(
      x as Shape4,
      filter as Shape4,
      strides,
      dilations ?? 1,
      pad,
      dimRoundingMode,
      true,
    ),
  );
}

const depthwiseInput: NativeKernel = ({ dy, filter }, attributes, record) => {
  const { inputShape } = attributes as unknown as { inputShape: number[] };
  const window = windowOf(record, inputShape, filter.shape, attributes);
  const [h, w, channels, multiplier] = filter.shape;
  const turned = record.transpose(record.value(filter), [2, 3, 0, 1]);
  const weight = record.reshape(turned, [channels * multiplier, 1, h, w]);
  const gradient = channelsSecond(record, record.value(dy));
  const size = inputShape.slice(1, 3);
  return channelsBack(record, slideBack(record, gradient, weight, window, size, channels));
};

const depthwiseFilter: NativeKernel = ({ x, dy }, attributes, record) => {
  const { filterShape } = attributes as unknown as { filterShape: number[] };
  const window = windowOf(record, x.shape, filterShape, attributes);
  const [h, w, channels, multiplier] = filterShape;
  const [images, gradient] = [x, dy].map((t) => record.transpose(record.value(t), [3, 0, 1, 2]));
  // A group for each channel, whose inputs are the images of the batch.
  const rows = record.reshape(images, [1, channels * x.shape[0], ...x.shape.slice(1, 3)]);
  const weight = slideForWeights(record, rows, gradient, window, channels);
  return record.transpose(record.reshape(weight, [channels, multiplier, h, w]), [2, 3, 0, 1]);
};

export const depthwiseGradientKernels: Record<string, NativeKernel> = {
  [tf.DepthwiseConv2dNativeBackpropInput]: depthwiseInput,
  [tf.DepthwiseConv2dNativeBackpropFilter]: depthwiseFilter,
};
