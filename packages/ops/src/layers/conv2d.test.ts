import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { expectTensor } from '../../test/compare.ts';
import { describeEveryEngine } from '../../test/every-engine.ts';
import { expectGradients } from '../../test/finite-differences.ts';
import { madeVariable } from '../../test/made-variable.ts';
import { noise } from '../../test/noise.ts';
import { ShapeError } from '../errors/shape-error.ts';
import { conv2d } from './conv2d.ts';

interface Case {
  name: string;
  x: [number, number, number, number];
  outputs: number;
  kernel: [number, number];
  stride: number;
  padding: number;
}

const CASES: Case[] = [
  { name: '3×3', x: [2, 5, 4, 3], outputs: 4, kernel: [3, 3], stride: 1, padding: 1 },
  { name: 'stride 2 on odd sizes', x: [3, 7, 5, 2], outputs: 9, kernel: [3, 3], stride: 2, padding: 1 },
  { name: 'stride 2 on even sizes', x: [5, 4, 6, 5], outputs: 3, kernel: [3, 3], stride: 2, padding: 1 },
  { name: 'no padding', x: [1, 5, 5, 1], outputs: 2, kernel: [3, 3], stride: 1, padding: 0 },
  {
    name: '7×7 with stride 2 and padding 3',
    x: [2, 9, 9, 3],
    outputs: 2,
    kernel: [7, 7],
    stride: 2,
    padding: 3,
  },
  {
    name: '5×5 with stride 2 on odd ends',
    x: [2, 8, 7, 2],
    outputs: 3,
    kernel: [5, 5],
    stride: 2,
    padding: 1,
  },
  { name: 'rows that no tap sees', x: [2, 9, 10, 1], outputs: 2, kernel: [7, 7], stride: 3, padding: 0 },
  { name: '3×3 with stride 3', x: [2, 8, 9, 2], outputs: 2, kernel: [3, 3], stride: 3, padding: 1 },
  { name: 'patches', x: [2, 8, 8, 3], outputs: 5, kernel: [4, 4], stride: 4, padding: 0 },
  { name: '1×1', x: [3, 3, 2, 6], outputs: 8, kernel: [1, 1], stride: 1, padding: 0 },
  { name: '1×1 with stride 2', x: [4, 5, 4, 4], outputs: 17, kernel: [1, 1], stride: 2, padding: 0 },
  {
    name: 'images smaller than the kernel',
    x: [6, 1, 1, 3],
    outputs: 2,
    kernel: [3, 3],
    stride: 1,
    padding: 1,
  },
  { name: 'a kernel that is not square', x: [2, 5, 6, 2], outputs: 3, kernel: [1, 3], stride: 1, padding: 0 },
  { name: 'more padding than taps', x: [2, 3, 3, 1], outputs: 1, kernel: [2, 2], stride: 1, padding: 2 },
];

/** The definition, one product at a time, in double precision. */
function reference(
  x: tf.Tensor,
  weight: tf.Tensor,
  { stride, padding }: Case,
): { shape: number[]; data: number[] } {
  const [n, h, w, c] = x.shape;
  const [outputs, , kh, kw] = weight.shape;
  const [xs, ws] = [x.dataSync(), weight.dataSync()];
  const oh = Math.floor((h! + 2 * padding - kh!) / stride) + 1;
  const ow = Math.floor((w! + 2 * padding - kw!) / stride) + 1;
  const data: number[] = [];
  for (let b = 0; b < n!; b++)
    for (let oy = 0; oy < oh; oy++)
      for (let ox = 0; ox < ow; ox++)
        for (let o = 0; o < outputs; o++) {
          let sum = 0;
          for (let ky = 0; ky < kh!; ky++)
            for (let kx = 0; kx < kw!; kx++)
              for (let i = 0; i < c!; i++) {
                const [iy, ix] = [oy * stride + ky - padding, ox * stride + kx - padding];
                if (iy < 0 || ix < 0 || iy >= h! || ix >= w!) continue;
                sum += xs[((b * h! + iy) * w! + ix) * c! + i] * ws[((o * c! + i) * kh! + ky) * kw! + kx];
              }
          data.push(sum);
        }
  return { shape: [n!, oh, ow, outputs], data };
}

describeEveryEngine('conv2d', () => {
  it.each(CASES)('computes $name', (config) => {
    tf.tidy(() => {
      const x = noise(config.x);
      const weight = noise([config.outputs, config.x[3], ...config.kernel], 2);
      const expected = reference(x, weight, config);
      expectTensor(conv2d(x, weight, config), expected.shape, expected.data, 1e-6);
    });
  });

  it.each(CASES)('differentiates $name', (config) => {
    const weightShape = [config.outputs, config.x[3], ...config.kernel];
    if (config.x.reduce((a, b) => a * b) > 500)
      config = { ...config, x: [1, ...config.x.slice(1)] as Case['x'] };
    tf.tidy(() => {
      const inputs = [noise(config.x), noise(weightShape, 2)];
      // A convolution is linear in each operand, so a wide step has no truncation error.
      expectGradients((x, weight) => conv2d(x, weight, config), inputs, { step: 0.25, tolerance: 1e-4 });
    });
  });

  it('works in variableGrads', () => {
    const weight = madeVariable(noise([4, 3, 3, 3]));
    const before = tf.memory().numTensors;
    const x = noise([2, 4, 4, 3], 2);
    const { value, grads } = tf.variableGrads(() => tf.sum(conv2d(x, weight, { padding: 1 })), [weight]);
    expect(grads[weight.name].shape).toEqual([4, 3, 3, 3]);
    tf.dispose([value, grads, x]);
    expect(tf.memory().numTensors).toBe(before);
    weight.dispose();
  });

  it.each([
    [[1, 4, 4, 3], [2, 4, 3, 3], {}, /3 channels.*expected 4 channels/],
    [[4, 4, 3], [2, 3, 3, 3], {}, /shape \[4,4,3\].*\[images, height, width, channels\]/],
    [[1, 4, 4, 3], [3, 3, 3], {}, /a weight of shape \[3,3,3\]/],
    [[1, 2, 2, 3], [2, 3, 3, 3], {}, /at least 3 rows and columns/],
    [[1, 4, 4, 3], [2, 3, 3, 3], { stride: 0 }, /stride 0/],
    [[1, 4, 4, 3], [2, 3, 3, 3], { padding: -1 }, /padding -1/],
  ])('refuses x %j with weight %j and %j', (x, weight, options, message) => {
    tf.tidy(() => {
      const run = () => conv2d(noise(x), noise(weight), options);
      expect(run).toThrow(ShapeError);
      expect(run).toThrow(message);
    });
  });
});
