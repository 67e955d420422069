import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { expectTensor } from '../../test/compare.ts';
import { describeEveryEngine } from '../../test/every-engine.ts';
import { expectGradients } from '../../test/finite-differences.ts';
import { noise } from '../../test/noise.ts';
import { ShapeError } from '../errors/shape-error.ts';
import { linear } from './linear.ts';

describeEveryEngine('linear', () => {
  it.each([
    [[5], 3],
    [[4, 5], 3],
    [[2, 3, 7], 9],
    [[33, 130], 17],
  ])('multiplies %j by a weight with %i outputs', (shape, outputs) => {
    tf.tidy(() => {
      const inputs = shape[shape.length - 1];
      const [x, weight, bias] = [noise(shape), noise([outputs, inputs], 2), noise([outputs], 3)];
      const [xs, ws, bs] = [x, weight, bias].map((t) => t.dataSync());
      const expected: number[] = [];
      for (let row = 0; row < x.size / inputs; row++)
        for (let o = 0; o < outputs; o++) {
          let sum = bs[o];
          for (let i = 0; i < inputs; i++) sum += xs[row * inputs + i] * ws[o * inputs + i];
          expected.push(sum);
        }
      const outShape = [...shape.slice(0, -1), outputs];
      expectTensor(linear(x, weight, bias), outShape, expected, 1e-6);
      const unbiased = expected.map((value, i) => value - bs[i % outputs]);
      expectTensor(linear(x, weight), outShape, unbiased, 1e-6);
    });
  });

  it('differentiates', () => {
    tf.tidy(() => {
      const inputs = [noise([2, 3, 5]), noise([4, 5], 2), noise([4], 3)];
      expectGradients((x, weight, bias) => linear(x, weight, bias), inputs, { step: 0.25, tolerance: 1e-4 });
      expectGradients((x, weight) => linear(x, weight), inputs.slice(0, 2), { step: 0.25, tolerance: 1e-4 });
    });
  });

  it('refuses shapes that do not fit', () => {
    tf.tidy(() => {
      expect(() => linear(noise([2, 4]), noise([3, 5]))).toThrow(ShapeError);
      expect(() => linear(noise([2, 4]), noise([3, 5]))).toThrow(/shape \[2,4\], expected 5 columns/);
      expect(() => linear(noise([2, 5]), noise([3, 5]), noise([5]))).toThrow(
        /bias of shape \[5\], expected \[3\]/,
      );
      expect(() => linear(noise([2, 5]), noise([5]))).toThrow(/\[outputs, inputs\]/);
    });
  });
});
