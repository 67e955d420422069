import { shared } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { constantValue, type ElementType, hostValue } from '../graph/graph.ts';
import type { NativeKernel } from './recorder.ts';

const arrayOf = (type: ElementType, value: number) =>
  type === 'float32'
    ? Float32Array.of(value)
    : type === 'int32'
      ? Int32Array.of(value)
      : Uint8Array.of(value ? 1 : 0);

/** The number is an input, so that another one does not make another graph. */
const fill: NativeKernel = (_inputs, attributes, record) => {
  const { shape, dtype, value } = attributes as unknown as {
    shape: number[];
    dtype?: string;
    value: number | string;
  };
  const type = (dtype ?? tf.util.inferDtype(value)) as ElementType | 'string' | 'complex64';
  if (typeof value === 'string' || type === 'string' || type === 'complex64') return record.decline();
  const scalar = hostValue(arrayOf(type, value), [], type);
  return shape.length === 0 ? record.tensor(scalar) : record.expand(scalar, shape);
};

const filledLike =
  (number: number): NativeKernel =>
  ({ x }, _attributes, record) => {
    if (x.dtype === 'string' || x.dtype === 'complex64') record.decline();
    const type = x.dtype as ElementType;
    const scalar = constantValue(arrayOf(type, number), [], type);
    return record.expand(scalar, x.shape);
  };

const linspace: NativeKernel = (_inputs, attributes, record) => {
  const { start, stop, num } = attributes as unknown as { start: number; stop: number; num: number };
  const step = num > 1 ? (stop - start) / (num - 1) : 0;
  return record.tensor(
    hostValue(
      Float32Array.from({ length: num }, (_, i) => start + i * step),
      [num],
      'float32',
    ),
  );
};

const rangeOf: NativeKernel = (_inputs, attributes, record) => {
  const { start, stop, step, dtype } = attributes as unknown as {
    start: number;
    stop: number;
    step: number;
    dtype: 'float32' | 'int32';
  };
  if (dtype !== 'int32' && dtype !== 'float32') record.decline();
  const data = shared.rangeImpl(start, stop, step, dtype) as Float32Array | Int32Array;
  return record.tensor(hostValue(data, [data.length], dtype));
};

export const fillingKernels: Record<string, NativeKernel> = {
  [tf.Fill]: fill,
  [tf.ZerosLike]: filledLike(0),
  [tf.OnesLike]: filledLike(1),
  [tf.LinSpace]: linspace,
  [tf.Range]: rangeOf,
};
