import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSameAsOnCpu, Inputs, type KernelCall } from '../../test/kernel-calls.ts';
import { configure, FallbackError } from '../index.ts';

const inputs = new Inputs(7);
const x = inputs.floats([3, 4]);
const positive = inputs.floats([3, 4], 0.1, 2);
const pair = { a: x, b: inputs.floats([3, 4]) };
const scores = { a: inputs.ints([3, 4], 0, 3), b: inputs.ints([4], 0, 3) };
const images = inputs.floats([2, 7, 6, 3]);
const filter = inputs.floats([3, 3, 3, 4]);
const convolution = { strides: 2, pad: 'same', dataFormat: 'NHWC', dilations: 1 };
const dy = inputs.floats([2, 4, 3, 4]);
const pool = { filterSize: 3, strides: 2, pad: 1 };
const pooled = inputs.floats([2, 4, 3, 3]);

const unary = (kernel: string, input = x): KernelCall => ({ kernel, inputs: { x: input } });
const binary = (kernel: string, given: KernelCall['inputs'] = pair): KernelCall => ({
  kernel,
  inputs: given,
});
const reduction = (kernel: string, attribute = 'axis'): KernelCall => ({
  kernel,
  inputs: { x },
  attributes: { [attribute]: [1], keepDims: false },
});

/** What the training steps of ResNet and ViT ask for. */
const calls: KernelCall[] = [
  binary(tf.Add),
  { kernel: tf.AddN, inputs: [x, pair.b, positive] },
  { kernel: tf.ArgMax, inputs: { x }, attributes: { axis: 1 } },
  { kernel: tf.AvgPool, inputs: { x: images }, attributes: pool },
  { kernel: tf.AvgPoolGrad, inputs: { dy: pooled, input: images }, attributes: pool },
  {
    kernel: tf.BatchMatMul,
    inputs: { a: inputs.floats([2, 4, 3]), b: inputs.floats([2, 5, 4]) },
    attributes: { transposeA: true, transposeB: true },
  },
  { kernel: tf.Cast, inputs: { x }, attributes: { dtype: 'int32' } },
  { kernel: tf.ClipByValue, inputs: { x }, attributes: { clipValueMin: -0.5, clipValueMax: 0.3 } },
  { kernel: tf.Concat, inputs: [x, inputs.floats([3, 2])], attributes: { axis: 1 } },
  { kernel: tf.Conv2D, inputs: { x: images, filter }, attributes: convolution },
  {
    kernel: tf.Conv2DBackpropFilter,
    inputs: { x: images, dy },
    attributes: { ...convolution, filterShape: filter.shape },
  },
  {
    kernel: tf.Conv2DBackpropInput,
    inputs: { dy, filter },
    attributes: { ...convolution, inputShape: images.shape },
  },
  binary(tf.Equal, scores),
  unary(tf.Erf),
  unary(tf.Exp),
  { kernel: tf.ExpandDims, inputs: { input: x }, attributes: { dim: -1 } },
  { kernel: tf.Fill, attributes: { shape: [2, 3], value: 0.5, dtype: 'float32' } },
  {
    kernel: tf.GatherV2,
    inputs: { x, indices: inputs.ints([5], 0, 4) },
    attributes: { axis: 1, batchDims: 0 },
  },
  binary(tf.Greater),
  binary(tf.GreaterEqual, scores),
  unary(tf.Identity),
  unary(tf.Log, positive),
  unary(tf.LogicalNot, inputs.bools([3, 4])),
  reduction(tf.Max, 'reductionIndices'),
  { kernel: tf.MaxPool, inputs: { x: images }, attributes: pool },
  { kernel: tf.MaxPoolGrad, inputs: { dy: pooled, input: images, output: pooled }, attributes: pool },
  binary(tf.Maximum),
  reduction(tf.Mean),
  binary(tf.Minimum),
  binary(tf.Multiply, { a: x, b: inputs.floats([4]) }),
  unary(tf.Neg),
  binary(tf.NotEqual, scores),
  {
    kernel: tf.OneHot,
    inputs: { indices: inputs.ints([6], -1, 6) },
    attributes: { depth: 5, onValue: 1, offValue: 0, dtype: 'float32' },
  },
  { kernel: tf.Pack, inputs: [x, positive], attributes: { axis: 1 } },
  {
    kernel: tf.PadV2,
    inputs: { x },
    attributes: {
      paddings: [
        [1, 0],
        [2, 3],
      ],
      constantValue: 0.5,
    },
  },
  binary(tf.Pow, { a: positive, b: pair.b }),
  binary(tf.RealDiv, { a: x, b: positive }),
  unary(tf.Relu),
  { kernel: tf.Reshape, inputs: { x }, attributes: { shape: [2, -1] } },
  unary(tf.Rsqrt, positive),
  binary(tf.Select, { condition: inputs.bools([3, 4]), t: x, e: positive }),
  { kernel: tf.Slice, inputs: { x }, attributes: { begin: [1, 0], size: [2, 3] } },
  { kernel: tf.Softmax, inputs: { logits: x }, attributes: { dim: 1 } },
  { kernel: tf.SplitV, inputs: { x }, attributes: { numOrSizeSplits: [1, 3], axis: 1 } },
  unary(tf.Sqrt, positive),
  unary(tf.Square),
  { kernel: tf.Step, inputs: { x }, attributes: { alpha: 0 } },
  binary(tf.Sub),
  reduction(tf.Sum),
  { kernel: tf.Tile, inputs: { x }, attributes: { reps: [2, 3] } },
  { kernel: tf.Transpose, inputs: { x: images }, attributes: { perm: [0, 3, 1, 2] } },
  { kernel: tf.Unpack, inputs: { value: x }, attributes: { axis: 0 } },
  {
    kernel: tf.UnsortedSegmentSum,
    inputs: { x: inputs.floats([6, 2]), segmentIds: inputs.ints([6], 0, 3) },
    attributes: { numSegments: 4 },
  },
  unary(tf.ZerosLike),
];

describe('kernels of a training step, none of which may run on tfjs-cpu', () => {
  beforeAll(() => configure({ threads: 1, strict: true }));

  it('are 54', () => {
    expect(new Set(calls.map(({ kernel }) => kernel)).size).toBe(54);
    expect(calls.length).toBe(54);
  });

  it.each(calls.map((call) => [call.kernel, call] as const))(
    '%s gives what it does on tfjs-cpu',
    async (_, call) => {
      await expectSameAsOnCpu(call);
    },
  );

  it('leave no tensor behind', async () => {
    const before = tf.memory().numTensors;
    for (const call of calls) await expectSameAsOnCpu(call);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('are not taken for native where they are not', async () => {
    await expect(
      expectSameAsOnCpu({ kernel: tf.Unique, inputs: { x }, attributes: { axis: 0 } }),
    ).rejects.toThrow(FallbackError);
  });
});
