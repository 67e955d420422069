import * as tf from '@tensorflow/tfjs-core';
import type { Value } from '../graph/graph.ts';
import { type NativeKernel, type Recorder, sizeOf } from './recorder.ts';

interface ResponseAttributes {
  depthRadius: number;
  bias: number;
  alpha: number;
  beta: number;
}

/** Sums over the channels within `radius` of each: the mean with zeros around, times how many. */
function neighbourSum(record: Recorder, x: Value, radius: number): Value {
  const channels = x.shape[x.shape.length - 1];
  const size = 2 * radius + 1;
  const rows = record.reshape(x, [sizeOf(x.shape) / channels, 1, channels]);
  const means = record.op('AveragePool', [rows], rows.shape, {
    attributes: { kernel_shape: [size], strides: [1], pads: [radius, radius], count_include_pad: 1 },
  });
  return record.reshape(record.op('Mul', [means, record.scalar(size)], means.shape), x.shape);
}

/** norm = bias + α Σ x² over the neighbouring channels. */
function normOf(record: Recorder, x: Value, { depthRadius, bias, alpha }: ResponseAttributes): Value {
  const all = (operator: string, a: Value, b: Value) => record.op(operator, [a, b], a.shape);
  const sum = neighbourSum(record, all('Mul', x, x), depthRadius);
  return all('Add', all('Mul', sum, record.scalar(alpha)), record.scalar(bias));
}

/** y = x · norm^−β. */
const response: NativeKernel = ({ x }, attributes, record) => {
  const given = attributes as unknown as ResponseAttributes;
  const value = record.value(x);
  if (value.type !== 'float32' || sizeOf(value.shape) === 0) record.decline();
  const power = record.op('Pow', [normOf(record, value, given), record.scalar(-given.beta)], value.shape);
  return record.op('Mul', [value, power], value.shape);
};

/** dx = dy · norm^−β − 2αβ · x · Σ dy · y / norm over the neighbouring channels. */
const responseGradient: NativeKernel = ({ x, y, dy }, attributes, record) => {
  const given = attributes as unknown as ResponseAttributes;
  const { depthRadius, alpha, beta } = given;
  const [value, output, gradient] = [x, y, dy].map((tensor) => record.value(tensor));
  const all = (operator: string, a: Value, b: Value) => record.op(operator, [a, b], a.shape);
  const norm = normOf(record, value, given);
  const direct = all('Mul', gradient, all('Pow', norm, record.scalar(-beta)));
  const shares = neighbourSum(record, all('Div', all('Mul', gradient, output), norm), depthRadius);
  return all('Sub', direct, all('Mul', all('Mul', value, shares), record.scalar(2 * alpha * beta)));
};

export const responseKernels: Record<string, NativeKernel> = {
  [tf.LRN]: response,
  [tf.LRNGrad]: responseGradient,
};
