import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { expectClose } from '../../test/compare.ts';
import { describeEveryEngine } from '../../test/every-engine.ts';
import { expectGradients } from '../../test/finite-differences.ts';
import { madeVariable } from '../../test/made-variable.ts';
import { noise } from '../../test/noise.ts';
import { ShapeError } from '../errors/shape-error.ts';
import { batchNorm, batchNormInference } from './batch-norm.ts';

function reference(x: ArrayLike<number>, gain: ArrayLike<number>, bias: ArrayLike<number>, epsilon: number) {
  const channels = gain.length;
  const rows = x.length / channels;
  const mean = new Array<number>(channels).fill(0);
  const variance = new Array<number>(channels).fill(0);
  for (let i = 0; i < x.length; i++) mean[i % channels] += x[i] / rows;
  for (let i = 0; i < x.length; i++) variance[i % channels] += (x[i] - mean[i % channels]) ** 2 / rows;
  const y = Array.from(x, (value, i) => {
    const c = i % channels;
    return ((value - mean[c]) / Math.sqrt(variance[c] + epsilon)) * gain[c] + bias[c];
  });
  return { y, mean, variance };
}

const SHAPES = [
  [2, 3, 3, 4],
  [130, 5],
  [7, 1],
  [1, 6],
  [3, 2, 2, 11],
];

describeEveryEngine('batchNorm', () => {
  it.each(SHAPES.map((shape) => [shape]))('normalises %j and hands out the statistics', (shape) => {
    tf.tidy(() => {
      const channels = shape[shape.length - 1];
      const x = noise(shape, 1, 2, 3);
      const [gain, bias] = [noise([channels], 2), noise([channels], 3)];
      const expected = reference(x.dataSync(), gain.dataSync(), bias.dataSync(), 1e-3);
      const running = tf.variable(tf.zeros([channels]));
      let calls = 0;
      const y = batchNorm(x, gain, bias, {
        epsilon: 1e-3,
        onStatistics: (mean, variance, count) => {
          calls++;
          expect(count).toBe(x.size / channels);
          expectClose(mean.dataSync(), expected.mean, 1e-6, 'mean');
          expectClose(variance.dataSync(), expected.variance, 2e-6, 'variance');
          running.assign(mean);
        },
      });
      expect(calls).toBe(1);
      expect(y.shape).toEqual(shape);
      expectClose(y.dataSync(), expected.y, 5e-6, 'y');
      expectClose(running.dataSync(), expected.mean, 1e-6, 'assigned mean');
      running.dispose();
    });
  });

  it('differentiates channels of more than a thousand numbers', () => {
    tf.tidy(() => {
      const shape = [4, 17, 16, 2];
      const [x, dy, gain, bias] = [noise(shape, 1, 2, 3), noise(shape, 4), noise([2], 2), noise([2], 3)];
      const dx = tf.grad((input: tf.Tensor) => batchNorm(input, gain, bias, { epsilon: 1e-5 }))(x, dy);
      const [xs, dys, gains] = [x, dy, gain].map((tensor) => tensor.dataSync());
      const expected = Array.from(xs, () => 0);
      for (const channel of [0, 1]) {
        const places = expected.map((_, i) => i).filter((i) => i % 2 === channel);
        const mean = (of: (i: number) => number) => places.reduce((sum, i) => sum + of(i), 0) / places.length;
        const centre = mean((i) => xs[i]);
        const scale = 1 / Math.sqrt(mean((i) => (xs[i] - centre) ** 2) + 1e-5);
        const normal = (i: number) => (xs[i] - centre) * scale;
        const [shift, along] = [mean((i) => dys[i]), mean((i) => dys[i] * normal(i))];
        for (const i of places) expected[i] = gains[channel] * scale * (dys[i] - shift - normal(i) * along);
      }
      expectClose(dx.dataSync(), expected, 1e-5, 'dx');
    });
  });

  it.each([[[2, 2, 2, 3]], [[9, 2]], [[5, 5]]])('differentiates %j', (shape) => {
    tf.tidy(() => {
      const channels = shape[shape.length - 1];
      const inputs = [noise(shape, 1, 2, 1), noise([channels], 2), noise([channels], 3)];
      expectGradients((x, gain, bias) => batchNorm(x, gain, bias), inputs, { step: 1e-2, tolerance: 1e-3 });
    });
  });

  it('lets statistics be assigned inside variableGrads, and keeps the count of tensors', () => {
    const gain = madeVariable(tf.ones([3]));
    const bias = madeVariable(tf.zeros([3]));
    const running = madeVariable(tf.zeros([3]), false);
    const x = noise([4, 3], 1, 1, 2);
    const before = tf.memory();
    for (let step = 0; step < 3; step++) {
      const { value, grads } = tf.variableGrads(() =>
        tf.sum(
          tf.square(
            batchNorm(x, gain, bias, {
              onStatistics: (mean) => running.assign(tf.add(tf.mul(running, 0.9), tf.mul(mean, 0.1))),
            }),
          ),
        ),
      );
      expect(Object.keys(grads).sort()).toEqual([gain.name, bias.name].sort());
      tf.dispose([value, grads]);
    }
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
    const mean = tf.tidy(() => tf.mean(x, 0).dataSync());
    expectClose(
      running.dataSync(),
      mean.map((value) => value * (1 - 0.9 ** 3)),
      1e-6,
    );
    tf.dispose([gain, bias, running, x]);
  });

  it('does not drown a small variance in a large mean', () => {
    tf.tidy(() => {
      const x = noise([4096, 5], 1, 0.01, 100);
      const [gain, bias] = [tf.ones([5]), tf.zeros([5])];
      const expected = reference(x.dataSync(), new Array(5).fill(1), new Array(5).fill(0), 1e-5);
      batchNorm(x, gain, bias, {
        onStatistics: (_, variance) => expectClose(variance.dataSync(), expected.variance, 1e-7),
      });
    });
  });

  it('refuses vectors of another length, and no rows', () => {
    tf.tidy(() => {
      const run = () => batchNorm(noise([2, 3]), noise([4]), noise([3]));
      expect(run).toThrow(ShapeError);
      expect(run).toThrow(
        'batchNorm: got gain of shape [4], expected [3], as the input of shape [2,3] has 3 channels',
      );
      expect(() => batchNorm(tf.zeros([0, 3]), noise([3]), noise([3]))).toThrow(/at least one row/);
      expect(() => batchNorm(noise([3]), noise([3]), noise([3]))).toThrow(/at least two axes/);
    });
  });
});

describeEveryEngine('batchNormInference', () => {
  it('normalises by the given statistics', () => {
    tf.tidy(() => {
      const [x, gain, bias] = [noise([3, 2, 5]), noise([5], 2), noise([5], 3)];
      const [mean, variance] = [noise([5], 4), noise([5], 5, 0.4, 1)];
      const expected = Array.from(x.dataSync(), (value, i) => {
        const c = i % 5;
        const scale = gain.dataSync()[c] / Math.sqrt(variance.dataSync()[c] + 1e-5);
        return (value - mean.dataSync()[c]) * scale + bias.dataSync()[c];
      });
      expectClose(batchNormInference(x, gain, bias, mean, variance).dataSync(), expected, 1e-6);
    });
  });

  it('differentiates', () => {
    tf.tidy(() => {
      const [mean, variance] = [noise([4], 4), noise([4], 5, 0.4, 1)];
      expectGradients(
        (x, gain, bias) => batchNormInference(x, gain, bias, mean, variance),
        [noise([3, 4]), noise([4], 2), noise([4], 3)],
        { step: 0.1, tolerance: 1e-4 },
      );
    });
  });
});
