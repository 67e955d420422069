import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { expectTensor } from '../../test/compare.ts';
import { describeEveryEngine } from '../../test/every-engine.ts';
import { expectGradients } from '../../test/finite-differences.ts';
import { noise } from '../../test/noise.ts';
import { ShapeError } from '../errors/shape-error.ts';
import { layerNorm } from './layer-norm.ts';

describeEveryEngine('layerNorm', () => {
  it.each([[[3, 4]], [[2, 3, 7]], [[9, 65]], [[4]]])('normalises the rows of %j', (shape) => {
    tf.tidy(() => {
      const columns = shape[shape.length - 1];
      const [x, gain, bias] = [noise(shape, 1, 2, 1), noise([columns], 2), noise([columns], 3)];
      const [xs, gs, bs] = [x, gain, bias].map((t) => t.dataSync());
      const expected: number[] = [];
      for (let row = 0; row < x.size; row += columns) {
        const values = Array.from(xs.slice(row, row + columns));
        const mean = values.reduce((a, b) => a + b) / columns;
        const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / columns;
        values.forEach((value, c) => {
          expected.push(((value - mean) / Math.sqrt(variance + 1e-6)) * gs[c] + bs[c]);
        });
      }
      expectTensor(layerNorm(x, gain, bias, 1e-6), shape, expected, 3e-6);
    });
  });

  it.each([[[2, 3, 4]], [[5, 6]]])('differentiates %j', (shape) => {
    tf.tidy(() => {
      const columns = shape[shape.length - 1];
      const inputs = [noise(shape, 1, 2, 1), noise([columns], 2), noise([columns], 3)];
      expectGradients((x, gain, bias) => layerNorm(x, gain, bias, 1e-6), inputs, {
        step: 1e-2,
        tolerance: 1e-3,
      });
    });
  });

  it('refuses a gain of another length', () => {
    tf.tidy(() => {
      expect(() => layerNorm(noise([2, 3]), noise([2]), noise([3]), 1e-6)).toThrow(ShapeError);
      expect(() => layerNorm(noise([2, 3]), noise([3]), noise([1]), 1e-6)).toThrow(
        /bias of shape \[1\], expected \[3\]/,
      );
    });
  });
});
