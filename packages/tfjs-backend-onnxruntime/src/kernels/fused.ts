import * as tf from '@tensorflow/tfjs-core';
import type { Value } from '../graph/graph.ts';
import { convolutionKernels } from './convolution/convolution.ts';
import { inEitherFormat } from './data-format.ts';
import { elementwiseKernels } from './elementwise.ts';
import { matrixKernels } from './matrix.ts';
import { broadcastShape, type NativeKernel, type Recorder } from './recorder.ts';

const ACTIVATIONS: Readonly<Record<string, string>> = {
  relu: tf.Relu,
  relu6: tf.Relu6,
  elu: tf.Elu,
  sigmoid: tf.Sigmoid,
  leakyrelu: tf.LeakyRelu,
  prelu: tf.Prelu,
};

interface FusedAttributes {
  activation?: string;
  leakyreluAlpha?: number;
  dataFormat?: 'NHWC' | 'NCHW';
}

/** A kernel, then a bias and an activation: recorded one after the other. onnxruntime fuses what it can. */
function fused(kernel: NativeKernel): NativeKernel {
  return (inputs, attributes, record) => {
    const { bias, preluActivationWeights, ...own } = inputs;
    const { activation, leakyreluAlpha, dataFormat } = attributes as unknown as FusedAttributes;
    const channelsFirst = dataFormat === 'NCHW';
    let y = kernel(own, attributes, record) as Value;
    if (bias) {
      const vector = ofChannels(record, record.value(bias), channelsFirst);
      y = record.op('Add', [y, vector], broadcastShape(y.shape, vector.shape));
    }
    if (!activation || activation === 'linear') return y;
    const x = record.input(y);
    const alpha =
      preluActivationWeights &&
      record.input(ofChannels(record, record.value(preluActivationWeights), channelsFirst));
    const activate = elementwiseKernels[ACTIVATIONS[activation]];
    if (!activate) return record.decline();
    return activate({ x, alpha }, { alpha: leakyreluAlpha ?? DEFAULT_SLOPE }, record);
  };
}

/** tfjs's own default of leakyRelu. */
const DEFAULT_SLOPE = 0.2;

/** One number a channel, where channels are not the last axis. */
const ofChannels = (record: Recorder, vector: Value, channelsFirst: boolean): Value =>
  channelsFirst && vector.shape.length === 1 && vector.shape[0] !== 1
    ? record.reshape(vector, [vector.shape[0], 1, 1])
    : vector;

const conv2d = inEitherFormat(convolutionKernels[tf.Conv2D], { inputs: ['x'], output: true });

export const fusedKernels: Record<string, NativeKernel> = {
  [tf.FusedConv2D]: fused(conv2d),
  [tf.FusedDepthwiseConv2D]: fused(convolutionKernels[tf.DepthwiseConv2dNative]),
  [tf._FusedMatMul]: fused(matrixKernels[tf.BatchMatMul]),
};

/** Convolutions in either data format. */
export const formatKernels: Record<string, NativeKernel> = {
  [tf.Conv2D]: conv2d,
  [tf.Conv2DBackpropInput]: inEitherFormat(convolutionKernels[tf.Conv2DBackpropInput], {
    inputs: ['dy'],
    output: true,
  }),
  [tf.Conv2DBackpropFilter]: inEitherFormat(convolutionKernels[tf.Conv2DBackpropFilter], {
    inputs: ['x', 'dy'],
    output: false,
  }),
};
