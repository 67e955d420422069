import * as tf from '@tensorflow/tfjs-core';
import { it } from 'vitest';
import { expectClose, expectTensor } from '../../test/compare.ts';
import { describeEveryEngine } from '../../test/every-engine.ts';
import { expectGradients } from '../../test/finite-differences.ts';
import { noise } from '../../test/noise.ts';
import { l2Normalise } from './l2-normalise.ts';

describeEveryEngine('l2Normalise', () => {
  it('gives every row length 1', () => {
    tf.tidy(() => {
      const x = noise([2, 3, 5], 1, 4);
      const xs = x.dataSync();
      const expected = Array.from(xs, (value, i) => {
        const row = xs.slice(i - (i % 5), i - (i % 5) + 5);
        return value / Math.hypot(...row);
      });
      expectTensor(l2Normalise(x), [2, 3, 5], expected, 1e-6);
    });
  });

  it('differentiates', () => {
    tf.tidy(() => expectGradients((x) => l2Normalise(x), [noise([3, 4], 1, 1, 0.5)], { step: 1e-2 }));
  });

  it('keeps a row of zeros at zero, with a finite gradient', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([0, 0, 3, 4], [2, 2]);
      expectClose(l2Normalise(x).dataSync(), [0, 0, 0.6, 0.8], 1e-6);
      const dx = tf.grad((v) => l2Normalise(v))(x, tf.tensor2d([0, 0, 1, 0], [2, 2]));
      expectClose(dx.dataSync(), [0, 0, (1 - 0.36) / 5, -0.48 / 5], 1e-6);
    });
  });
});
