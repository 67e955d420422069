import * as tf from '@tensorflow/tfjs-core';
import type { NativeKernel } from './recorder.ts';

const spaceToBatch: NativeKernel = ({ x }, attributes, record) => {
  const { blockShape, paddings } = attributes as unknown as {
    blockShape: number[];
    paddings: [number, number][];
  };
  const product = blockShape.reduce((a, b) => a * b, 1);
  const all: [number, number][] = [[0, 0], ...paddings];
  while (all.length < x.shape.length) all.push([0, 0]);
  const value = record.value(x);
  const padded = all.every(([a, b]) => a === 0 && b === 0)
    ? value
    : record.op(
        'Pad',
        [
          value,
          record.ints([...all.map(([a]) => a), ...all.map(([, b]) => b)]),
          record.scalar(0, value.type),
        ],
        value.shape.map((length, i) => length + all[i][0] + all[i][1]),
        { attributes: { mode: 'constant' } },
      );
  const { getReshaped, getPermuted, getReshapedPermuted } = tf.backend_util;
  const shape = padded.shape as number[];
  const split = record.reshape(padded, getReshaped(shape, blockShape, product, false));
  const moved = record.transpose(split, getPermuted(split.shape.length, blockShape.length, false));
  return record.reshape(moved, getReshapedPermuted(shape, blockShape, product, false));
};

const batchToSpace: NativeKernel = ({ x }, attributes, record) => {
  const { blockShape, crops } = attributes as unknown as { blockShape: number[]; crops: [number, number][] };
  const product = blockShape.reduce((a, b) => a * b, 1);
  const { getReshaped, getPermuted, getReshapedPermuted, getSliceBeginCoords, getSliceSize } =
    tf.backend_util;
  const split = record.reshape(record.value(x), getReshaped(x.shape, blockShape, product));
  const moved = record.transpose(split, getPermuted(split.shape.length, blockShape.length));
  const joined = record.reshape(moved, getReshapedPermuted(x.shape, blockShape, product));
  // Only of the axes that are cut.
  const begin = getSliceBeginCoords(crops, blockShape.length);
  const size = getSliceSize(joined.shape as number[], crops, blockShape.length);
  return record.slice(
    joined,
    joined.shape.map((_, i) => begin[i] ?? 0),
    joined.shape.map((length, i) => size[i] ?? length),
  );
};

const depthToSpace: NativeKernel = ({ x }, attributes, record) => {
  const { blockSize, dataFormat } = attributes as unknown as { blockSize: number; dataFormat: string };
  if (dataFormat !== 'NHWC') record.decline();
  const [n, h, w, c] = x.shape;
  const depth = c / blockSize ** 2;
  const split = record.reshape(record.value(x), [n, h, w, blockSize, blockSize, depth]);
  const moved = record.transpose(split, [0, 1, 3, 2, 4, 5]);
  return record.reshape(moved, [n, h * blockSize, w * blockSize, depth]);
};

/** Kernels that move blocks of pixels to another axis and back. */
export const blockKernels: Record<string, NativeKernel> = {
  [tf.SpaceToBatchND]: spaceToBatch,
  [tf.BatchToSpaceND]: batchToSpace,
  [tf.DepthToSpace]: depthToSpace,
};
