import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  batchNorm,
  conv2d,
  gelu,
  globalAveragePool,
  l2Normalise,
  layerNorm,
  linear,
  matMul,
  maxPool,
  relu,
  softmax,
  softmaxCrossEntropy,
} from '../../../ops/src/index.ts';
import { expectClose } from '../../../ops/test/compare.ts';
import { distinct } from '../../../ops/test/finite-differences.ts';
import { noise } from '../../../ops/test/noise.ts';
import { expectSame, onBoth } from './both-devices.ts';

describe('convolution on webgpu', () => {
  it.each([
    { kernel: 3, stride: 1, padding: 1 },
    { kernel: 3, stride: 2, padding: 1 },
    { kernel: 3, stride: 1, padding: 0 },
    { kernel: 7, stride: 2, padding: 3 },
    { kernel: 1, stride: 1, padding: 0 },
    { kernel: 1, stride: 2, padding: 0 },
    { kernel: 4, stride: 4, padding: 0 },
  ])('%j', async ({ kernel, stride, padding }) => {
    await expectSame(
      (x, weight) => conv2d(x, weight, { stride, padding }),
      () => [noise([3, 9, 8, 4]), noise([5, 4, kernel, kernel], 2, 0.3)],
    );
  });

  it('with more weights than image, as the last layers of a ResNet', async () => {
    await expectSame(
      (x, weight) => conv2d(x, weight, { padding: 1 }),
      () => [noise([2, 2, 2, 12]), noise([12, 12, 3, 3], 2, 0.3)],
    );
  });

  it("of tfjs's own", async () => {
    await expectSame(
      (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, 'same'),
      () => [noise([2, 7, 6, 3]), noise([3, 3, 3, 4], 2, 0.3)],
    );
  });
});

describe('batch norm on webgpu', () => {
  it.each([[[4, 5, 5, 6]], [[12, 7]]])('of %j', async (shape) => {
    const channels = shape[shape.length - 1];
    await expectSame(
      (x, gain, bias) => batchNorm(x, gain, bias),
      () => [noise(shape, 1, 2, 3), noise([channels], 2), noise([channels], 3)],
    );
  });

  it('hands out its statistics', async () => {
    const { expected, actual } = await onBoth(() =>
      tf.tidy(() => {
        const statistics: Float32Array[] = [];
        batchNorm(noise([4, 5, 5, 6], 1, 2, 3), tf.ones([6]), tf.zeros([6]), {
          onStatistics: (...both) => {
            for (const tensor of both.slice(0, 2)) {
              statistics.push((tensor as tf.Tensor).dataSync() as Float32Array);
            }
          },
        });
        return statistics;
      }),
    );
    expectClose(actual[0], expected[0], 1e-6, 'mean');
    expectClose(actual[1], expected[1], 1e-5, 'variance');
  });
});

describe('max pool on webgpu', () => {
  const windows = [
    { size: 3, stride: 2, padding: 1 },
    { size: 2 },
    { size: 3, stride: 1, padding: 1 },
    { size: 4, stride: 3, padding: 2 },
    { size: 2, stride: 3 },
  ];
  it.each(windows)('%j', async (options) => {
    await expectSame(
      (x) => maxPool(x, options),
      () => [distinct([2, 8, 7, 3])],
    );
  });

  it.each(windows)('gives the whole gradient to the first of equal entries: %j', async (options) => {
    await expectSame(
      (x) => maxPool(x, options),
      () => [tf.round(tf.mul(noise([2, 8, 7, 3]), 1.4))],
    );
  });
});

describe('other layers on webgpu', () => {
  it('linear', async () => {
    await expectSame(
      (x, weight, bias) => linear(x, weight, bias),
      () => [noise([6, 5]), noise([4, 5], 2), noise([4], 3)],
    );
  });

  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])('products of batches, transposed %j %j', async (transposeA, transposeB) => {
    await expectSame(
      (a, b) => matMul(a, b, transposeA, transposeB),
      () => [
        noise(transposeA ? [2, 3, 6, 5] : [2, 3, 5, 6]),
        noise(transposeB ? [2, 3, 4, 6] : [2, 3, 6, 4], 2),
      ],
    );
  });

  it.each([
    [
      [3, 0],
      [0, 4],
    ],
    [
      [0, 3],
      [3, 4],
    ],
  ])('a product over nothing: %j by %j', async (a, b) => {
    const { expected, actual } = await onBoth(() =>
      tf.tidy(() => Array.from(tf.add(tf.matMul(tf.zeros(a), tf.ones(b)), 1).dataSync())),
    );
    expect(actual).toEqual(expected);
  });

  it('gelu', async () => {
    await expectSame(gelu, () => [noise([5, 7], 1, 3)]);
  });

  it('relu', async () => {
    await expectSame(relu, () => [distinct([5, 7])]);
  });

  it('layer norm', async () => {
    await expectSame(
      (x, gain, bias) => layerNorm(x, gain, bias, 1e-6),
      () => [noise([3, 4, 8], 1, 2, 1), noise([8], 2), noise([8], 3)],
    );
  });

  it('softmax', async () => {
    await expectSame(softmax, () => [noise([4, 9], 1, 4)]);
  });

  it('softmax cross-entropy', async () => {
    await expectSame(
      (x) => softmaxCrossEntropy(x, tf.softmax(noise([6, 10], 2, 3)), 0.1),
      () => [noise([6, 10])],
    );
  });

  it('unit rows', async () => {
    await expectSame(
      (x) => l2Normalise(x),
      () => [noise([4, 6])],
    );
  });

  it('means of images', async () => {
    await expectSame(globalAveragePool, () => [noise([3, 4, 5, 6])]);
  });

  it('signs', async () => {
    const { expected, actual } = await onBoth(() =>
      tf.tidy(() => Array.from(tf.sign(tf.tensor1d([-2.5, -0, 0, 1e-30, 7])).dataSync())),
    );
    expect(actual.map((x) => x + 0)).toEqual(expected.map((x) => x + 0));
  });
});
