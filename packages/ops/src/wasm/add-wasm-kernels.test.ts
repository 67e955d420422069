import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { expectClose } from '../../test/compare.ts';
import { noise } from '../../test/noise.ts';
import { startEngine } from '../engines/start-engine.ts';
import { KERNELS } from '../kernels/kernel-names.ts';
import { addWasmKernels } from './add-wasm-kernels.ts';

type Inputs = Record<string, tf.Tensor>;

/** Runs a kernel on one backend, with copies of the inputs there. */
async function run(backend: string, kernel: string, inputs: Inputs, attributes: object) {
  await tf.setBackend(backend);
  return tf.tidy(() => {
    const made = tf.engine().runKernel(kernel, inputs, attributes as tf.NamedAttrMap) as
      | tf.Tensor
      | tf.Tensor[];
    const outputs = Array.isArray(made) ? made : [made];
    return outputs.map((output) => ({ shape: output.shape, values: output.dataSync() }));
  });
}

/** Both backends, same inputs: shapes equal, values within float32 rounding of the sums. */
async function compare(kernel: string, inputs: Inputs, attributes: object, tolerance = 1e-5): Promise<void> {
  const expected = await run('cpu', kernel, inputs, attributes);
  const actual = await run('wasm', kernel, inputs, attributes);
  tf.dispose(inputs);
  expect(actual.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  actual.forEach(({ values }, i) => {
    expectClose(values, expected[i].values, tolerance, `output ${i} `);
  });
}

let before = { tensors: 0, buffers: 0 };
beforeAll(async () => {
  await startEngine('cpu');
  await startEngine('wasm');
});
const count = () => ({ tensors: tf.memory().numTensors, buffers: tf.memory().numDataBuffers });
beforeEach(() => {
  before = count();
});
afterEach(() => {
  expect(count(), 'tensors and buffers alive after the test').toEqual(before);
});

/** Sizes on both sides of the loops' blocks (4 rows, 8 columns, 64 rows, long rows, cache-sized chunks). */
const CONVOLUTIONS = [
  { x: [37, 5, 5, 10], weight: [13, 10, 3, 3], stride: 1, padding: 1 },
  { x: [5, 4, 4, 65], weight: [33, 65, 3, 3], stride: 2, padding: 1 },
  { x: [9, 3, 17, 7], weight: [6, 7, 3, 3], stride: 1, padding: 1 },
  { x: [2, 19, 20, 3], weight: [5, 3, 7, 7], stride: 2, padding: 3 },
  { x: [21, 5, 5, 16], weight: [24, 16, 1, 1], stride: 2, padding: 0 },
  { x: [64, 1, 1, 8], weight: [8, 8, 3, 3], stride: 1, padding: 1 },
  { x: [3, 12, 12, 3], weight: [20, 3, 4, 4], stride: 4, padding: 0 },
];

describe('kernels of this package on wasm agree with those on cpu', () => {
  it.each(CONVOLUTIONS)('convolution of $x by $weight', async ({ x, weight, stride, padding }) => {
    const size = (axis: number) => Math.floor((x[axis] + 2 * padding - weight[2]) / stride) + 1;
    const dy = () => noise([x[0], size(1), size(2), weight[0]], 3);
    const attributes = { stride, padding };
    await compare(KERNELS.convolution, { x: noise(x), weight: noise(weight, 2) }, attributes);
    await compare(
      KERNELS.convolutionInputGradient,
      { dy: dy(), weight: noise(weight, 2) },
      { ...attributes, inputShape: x },
    );
    await compare(
      KERNELS.convolutionWeightGradient,
      { x: noise(x), dy: dy() },
      { ...attributes, weightShape: weight },
    );
  });

  it.each([[[64, 24]], [[129, 18]], [[1000, 5]], [[3, 4, 4, 7]], [[5, 1]]])(
    'batch norm of %j',
    async (shape) => {
      const channels = [shape[shape.length - 1]];
      const gain = () => noise(channels, 2);
      const attributes = { epsilon: 1e-5 };
      const x = () => noise(shape, 1, 2, 3);
      await compare(KERNELS.batchNorm, { x: x(), gain: gain(), bias: noise(channels, 3) }, attributes);
      const statistics = { mean: noise(channels, 4, 1, 3), variance: noise(channels, 5, 0.4, 1) };
      const operands = { dy: noise(shape, 6), x: x(), gain: gain(), ...statistics };
      await compare(KERNELS.batchNormGradient, operands, attributes);
    },
  );

  it.each([1, 3, 4, 30])('relu gradient of %i values', async (size) => {
    await compare(
      KERNELS.reluGradient,
      { dy: noise([size]), y: tf.tidy(() => tf.relu(noise([size], 2))) },
      {},
      0,
    );
  });
});

describe('kernels of tfjs that wasm lacks or has slower agree with those on cpu', () => {
  const NHWC = { dataFormat: 'NHWC' };

  it.each([
    { pad: 'same', strides: [1, 1] },
    { pad: 'same', strides: [2, 2] },
    { pad: 'valid', strides: [2, 1] },
    { pad: 1, strides: [3, 3] },
  ])('convolution gradients with %j', async (attributes) => {
    const [inputShape, filterShape] = [
      [3, 8, 7, 5],
      [3, 3, 5, 6],
    ];
    const pad = attributes.pad as number | 'same' | 'valid';
    const strides = attributes.strides as [number, number];
    const dy = (seed: number) =>
      tf.tidy(() =>
        noise(
          tf.conv2d(noise(inputShape) as tf.Tensor4D, noise(filterShape) as tf.Tensor4D, strides, pad).shape,
          seed,
        ),
      );
    await compare(
      'Conv2DBackpropFilter',
      { x: noise(inputShape), dy: dy(3) },
      { ...attributes, ...NHWC, filterShape },
    );
    await compare(
      'Conv2DBackpropInput',
      { dy: dy(4), filter: noise(filterShape, 2) },
      { ...attributes, ...NHWC, inputShape },
    );
  });

  it('unsortedSegmentSum, ids outside the segments left out', async () => {
    const segmentIds = tf.tensor1d([2, 0, -1, 2, 7, 1, 0], 'int32');
    await compare('UnsortedSegmentSum', { x: noise([7, 3]), segmentIds }, { numSegments: 4 });
  });

  it.each([
    { axis: [0], keepDims: false },
    { axis: [0, 1], keepDims: true },
    { axis: [1, 0], keepDims: false },
    { axis: [1], keepDims: false },
    { axis: [0, 1, 2], keepDims: false },
  ])('sum and mean over %j', async (attributes) => {
    await compare('Sum', { x: noise([70, 3, 6]) }, attributes);
    await compare('Mean', { x: noise([70, 3, 6]) }, attributes);
  });

  it.each([
    [
      [2, 3],
      [2, 2],
    ],
    [
      [4, 1, 3],
      [1, 5, 1],
    ],
    [
      [3, 1],
      [1, 7],
    ],
    [
      [2, 1, 1, 2],
      [3, 4, 5, 2],
    ],
    [[5], [1]],
  ])('tile of %j by %j', async (shape, reps) => {
    await compare('Tile', { x: noise(shape) }, { reps }, 0);
  });

  it('sum of integers, which is left to tfjs', async () => {
    await compare('Sum', { x: tf.tensor2d([1, 2, 3, 4], [2, 2], 'int32') }, { axis: [0], keepDims: false });
  });

  it.each([
    [[3, 4], [4, 5], false, false],
    [[2, 50, 33], [2, 70, 33], false, true],
    [[40, 65], [40, 9], true, false],
    [[4, 6, 30], [1, 7, 6], true, true],
    [[1, 9, 40], [3, 40, 16], false, false],
    [[2, 8], [8, 3], false, false],
  ])('matMul of %j and %j, transposed %s %s', async (a, b, transposeA, transposeB) => {
    await compare('BatchMatMul', { a: noise(a), b: noise(b, 2) }, { transposeA, transposeB });
  });

  it.each([
    [[2, 7, 6, 5], 3, 2, 1],
    [[3, 8, 8, 16], 2, 2, 'valid'],
  ])('max pooling gradient of %j', async (shape, filterSize, strides, pad) => {
    const [x, y] = tf.tidy(() => {
      const input = tf.sub(noise(shape), 3);
      return [input, tf.maxPool(input as tf.Tensor4D, filterSize, strides, pad as number | 'valid')];
    });
    await compare(
      'MaxPoolGrad',
      { dy: noise(y.shape, 2), input: x, output: y },
      { filterSize, strides, pad },
    );
  });
});

describe('addWasmKernels', () => {
  it('may be called again, without a word and without a change', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const sum = tf.getKernel('Sum', 'wasm');
    addWasmKernels();
    expect(tf.getKernel('Sum', 'wasm')).toBe(sum);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});
