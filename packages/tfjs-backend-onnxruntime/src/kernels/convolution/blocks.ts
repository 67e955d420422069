import type { Value } from '../../graph/graph.ts';
import { type Recorder, range } from '../recorder.ts';
import { type Convolution, padded } from './geometry.ts';

/**
 * A convolution with strides is one without, of images whose every block of stride rows × stride columns has become
 * channels, by weights with a channel for each place in the block. Kernels are filled up with zeros to whole blocks.
 */
export interface BlockedConvolution {
  /** [c · block, rows of blocks, columns of blocks, n]. */
  images: Value;
  /** [outputs, inputs · block, kernel rows, kernel columns], in blocks. */
  weightShape: number[];
}

/** How {@link BlockedConvolution} is run: one place at a time, no padding. */
export const inBlocks: Convolution = { strides: [1, 1], padding: [0, 0, 0, 0], dilations: [1, 1] };

/**
 * Whether the zeros are few enough: a 7×7 kernel with stride 2 gets a third more to do, and is spared the copies of
 * what each of its 49 taps sees.
 */
export function isWorthBlocks(weight: readonly number[], { strides, dilations }: Convolution): boolean {
  return range(2).every(
    (axis) => strides[axis] > 1 && dilations[axis] === 1 && weight[2 + axis] > 2 * strides[axis],
  );
}

/** CHWN images in blocks, for `size` rows and columns of the output. */
export function toBlocks(
  record: Recorder,
  x: Value,
  weight: readonly number[],
  size: readonly number[],
  { strides, padding }: Convolution,
): BlockedConvolution {
  const [outputs, inputs, ...kernel] = weight;
  const [c, , , n] = x.shape;
  const blocks = kernel.map((length, axis) => Math.ceil(length / strides[axis]));
  const sides = size.map((length, axis) => length + blocks[axis] - 1);
  const [top, left] = padding;
  const around = [
    top,
    left,
    ...sides.map((length, axis) => length * strides[axis] - padding[axis] - x.shape[1 + axis]),
  ];
  const whole = padded(record, x, around);
  const split = record.reshape(whole, [c, sides[0], strides[0], sides[1], strides[1], n]);
  const channels = strides[0] * strides[1];
  const images = record.reshape(record.transpose(split, [0, 2, 4, 1, 3, 5]), [c * channels, ...sides, n]);
  return { images, weightShape: [outputs, inputs * channels, ...blocks] };
}

/** OIHW weights for images in blocks. */
export function weightToBlocks(record: Recorder, weight: Value, { strides }: Convolution): Value {
  const [outputs, inputs, ...kernel] = weight.shape;
  const blocks = kernel.map((length, axis) => Math.ceil(length / strides[axis]));
  const missing = kernel.map((length, axis) => blocks[axis] * strides[axis] - length);
  const whole = missing.some((zeros) => zeros > 0)
    ? record.op(
        'Pad',
        [weight, record.ints([0, 0, 0, 0, 0, 0, ...missing])],
        [outputs, inputs, ...kernel.map((length, axis) => length + missing[axis])],
        { attributes: { mode: 'constant' } },
      )
    : weight;
  const split = record.reshape(whole, [outputs, inputs, blocks[0], strides[0], blocks[1], strides[1]]);
  return record.reshape(record.transpose(split, [0, 1, 3, 5, 2, 4]), [
    outputs,
    inputs * strides[0] * strides[1],
    ...blocks,
  ]);
}

/** The way back, without what stands for the zeros. */
export function weightFromBlocks(
  record: Recorder,
  blocked: Value,
  weight: readonly number[],
  { strides }: Convolution,
): Value {
  const [outputs, inputs] = weight;
  const blocks = blocked.shape.slice(2);
  const split = record.reshape(blocked, [outputs, inputs, strides[0], strides[1], ...blocks]);
  const whole = record.reshape(record.transpose(split, [0, 1, 4, 2, 5, 3]), [
    outputs,
    inputs,
    blocks[0] * strides[0],
    blocks[1] * strides[1],
  ]);
  return record.slice(whole, [0, 0, 0, 0], weight);
}
