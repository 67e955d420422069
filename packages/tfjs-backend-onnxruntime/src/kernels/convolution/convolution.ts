import { type ConvolutionKernelAttributes, KERNELS } from '@excb/ops/kernels';
import * as tf from '@tensorflow/tfjs-core';
import type { Value } from '../../graph/graph.ts';
import { type NativeKernel, type Recorder, sizeOf } from '../recorder.ts';
import { convolve } from './convolve.ts';
import { type Convolution, outputLength } from './geometry.ts';
import { convolutionInputGradient } from './input-gradient.ts';
import { convolutionWeightGradient } from './weight-gradient.ts';

type Shape4 = [number, number, number, number];

/** tfjs's attributes of a two-dimensional convolution, with its sizes worked out. */
function convolutionOf(
  record: Recorder,
  x: readonly number[],
  filter: readonly number[],
  attributes: Record<string, unknown>,
  depthwise = false,
): Convolution & { info: tf.backend_util.Conv2DInfo } {
  const given = attributes as {
    strides: number | [number, number];
    pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
    dataFormat?: 'NHWC' | 'NCHW';
    dilations?: number | [number, number];
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  };
  if ((given.dataFormat && given.dataFormat !== 'NHWC') || sizeOf(x) === 0) record.decline();
  const info = tf.backend_util.computeConv2DInfo(
    x as Shape4,
    filter as Shape4,
    given.strides,
    given.dilations ?? 1,
    given.pad,
    given.dimRoundingMode,
    depthwise,
    'channelsLast',
  );
  const { top, left, bottom, right } = info.padInfo;
  if (info.outHeight < 1 || info.outWidth < 1) record.decline();
  return {
    info,
    strides: [info.strideHeight, info.strideWidth],
    padding: [top, left, bottom, right],
    dilations: [info.dilationHeight, info.dilationWidth],
  };
}

/** HWIO to OIHW. */
const weightOf = (record: Recorder, filter: Value): Value => record.transpose(filter, [3, 2, 0, 1]);

const conv2d: NativeKernel = ({ x, filter }, attributes, record) => {
  const convolution = convolutionOf(record, x.shape, filter.shape, attributes);
  const [images, weight] = [record.value(x), record.value(filter)];
  if (images.type !== 'float32' || images.shape[3] !== weight.shape[2]) record.decline();
  const y = convolve(record, record.channelsFirst(images), weightOf(record, weight), convolution);
  const { outHeight, outWidth } = convolution.info;
  // tfjs may round sizes down where ONNX has one more; where it rounds up, there is nothing to take.
  if (y.shape[1] < outHeight || y.shape[2] < outWidth) record.decline();
  return record.channelsLast(record.slice(y, [0, 0, 0, 0], [y.shape[0], outHeight, outWidth, y.shape[3]]));
};

const conv2dInput: NativeKernel = ({ dy, filter }, attributes, record) => {
  const { inputShape } = attributes as unknown as { inputShape: number[] };
  const convolution = convolutionOf(record, inputShape, filter.shape, attributes);
  const [n, h, w, c] = inputShape;
  const { outHeight, outWidth } = convolution.info;
  const value = record.value(dy);
  if (value.shape[1] < outHeight || value.shape[2] < outWidth) record.decline();
  const used = record.slice(value, [0, 0, 0, 0], [n, outHeight, outWidth, value.shape[3]]);
  const weight = weightOf(record, record.value(filter));
  return record.channelsLast(
    convolutionInputGradient(record, record.channelsFirst(used), weight, [c, h, w, n], convolution),
  );
};

const conv2dFilter: NativeKernel = ({ x, dy }, attributes, record) => {
  const { filterShape } = attributes as unknown as { filterShape: number[] };
  const convolution = convolutionOf(record, x.shape, filterShape, attributes);
  const [h, w, inputs, outputs] = filterShape;
  const [images, gradient] = [record.channelsFirst(record.value(x)), record.channelsFirst(record.value(dy))];
  const weight = convolutionWeightGradient(record, images, gradient, [outputs, inputs, h, w], convolution);
  return record.transpose(weight, [2, 3, 1, 0]);
};

const depthwise: NativeKernel = ({ x, filter }, attributes, record) => {
  const { info, strides, padding, dilations } = convolutionOf(
    record,
    x.shape,
    filter.shape,
    attributes,
    true,
  );
  const images = record.transpose(record.value(x), [0, 3, 1, 2]);
  const weight = record.value(filter);
  const [h, w, inputs, multiplier] = weight.shape;
  const kernels = record.reshape(record.transpose(weight, [2, 3, 0, 1]), [inputs * multiplier, 1, h, w]);
  const size = ([0, 1] as const).map((axis) =>
    outputLength({ ...images, shape: images.shape.slice(1) }, weight.shape[axis], axis, {
      strides,
      padding,
      dilations,
    }),
  );
  const y = record.op('Conv', [images, kernels], [images.shape[0], inputs * multiplier, ...size], {
    attributes: { strides, pads: padding, dilations, group: inputs, kernel_shape: [h, w] },
  });
  return record.slice(record.transpose(y, [0, 2, 3, 1]), [0, 0, 0, 0], info.outShape);
};

/** Windows side by side, as a ViT's patches: [n, h, w, i · kh · kw] of NHWC images. */
function patchesOf(
  record: Recorder,
  x: Value,
  [, inputs, kernelHeight, kernelWidth]: readonly number[],
): Value {
  const [n, h, w] = x.shape;
  const grid = [Math.floor(h / kernelHeight), Math.floor(w / kernelWidth)];
  const whole = record.slice(x, [0, 0, 0, 0], [n, grid[0] * kernelHeight, grid[1] * kernelWidth, inputs]);
  const split = record.reshape(whole, [n, grid[0], kernelHeight, grid[1], kernelWidth, inputs]);
  const moved = record.transpose(split, [0, 1, 3, 5, 2, 4]);
  return record.reshape(moved, [n * grid[0] * grid[1], inputs * kernelHeight * kernelWidth]);
}

const isPatches = (
  { stride, padding }: ConvolutionKernelAttributes,
  [, , h, w]: readonly number[],
): boolean => padding === 0 && stride === h && stride === w && stride > 1;

const own = (attributes: unknown) => attributes as ConvolutionKernelAttributes;

const square = ({ stride, padding }: ConvolutionKernelAttributes): Convolution => ({
  strides: [stride, stride],
  padding: [padding, padding, padding, padding],
  dilations: [1, 1],
});

const ownConvolution: NativeKernel = ({ x, weight }, attributes, record) => {
  const [images, kernels] = [record.value(x), record.value(weight)];
  if (isPatches(own(attributes), weight.shape)) {
    const [n, h, w] = x.shape;
    const outputs = weight.shape[0];
    const patches = patchesOf(record, images, weight.shape);
    const rows = record.reshape(kernels, [outputs, patches.shape[1]]);
    const { stride } = own(attributes);
    return record.reshape(record.matMul(patches, rows, false, true), [
      n,
      Math.floor(h / stride),
      Math.floor(w / stride),
      outputs,
    ]);
  }
  return record.channelsLast(
    convolve(record, record.channelsFirst(images), kernels, square(own(attributes))),
  );
};

const ownInputGradient: NativeKernel = ({ dy, weight }, attributes, record) => {
  const [n, h, w, c] = own(attributes).inputShape!;
  const gradient = record.channelsFirst(record.value(dy));
  return record.channelsLast(
    convolutionInputGradient(record, gradient, record.value(weight), [c, h, w, n], square(own(attributes))),
  );
};

const ownWeightGradient: NativeKernel = ({ x, dy }, attributes, record) => {
  const { weightShape } = own(attributes);
  const [images, gradient] = [record.value(x), record.value(dy)];
  if (isPatches(own(attributes), weightShape!)) {
    const patches = patchesOf(record, images, weightShape!);
    const rows = record.reshape(gradient, [patches.shape[0], weightShape![0]]);
    return record.reshape(record.matMul(rows, patches, true), weightShape!);
  }
  return convolutionWeightGradient(
    record,
    record.channelsFirst(images),
    record.channelsFirst(gradient),
    weightShape!,
    square(own(attributes)),
  );
};

export const convolutionKernels: Record<string, NativeKernel> = {
  [tf.Conv2D]: conv2d,
  [tf.Conv2DBackpropInput]: conv2dInput,
  [tf.Conv2DBackpropFilter]: conv2dFilter,
  [tf.DepthwiseConv2dNative]: depthwise,
  [KERNELS.convolution]: ownConvolution,
  [KERNELS.convolutionInputGradient]: ownInputGradient,
  [KERNELS.convolutionWeightGradient]: ownWeightGradient,
};
