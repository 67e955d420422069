import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { expectClose, expectTensor } from '../../test/compare.ts';
import { describeEveryEngine } from '../../test/every-engine.ts';
import { expectGradients } from '../../test/finite-differences.ts';
import { noise } from '../../test/noise.ts';
import { ShapeError } from '../errors/shape-error.ts';
import { softmaxCrossEntropy } from './softmax-cross-entropy.ts';

describeEveryEngine('softmaxCrossEntropy', () => {
  it.each([
    [3, 5, 0.1],
    [7, 33, 0.5],
    [1, 2, 2],
  ])('of %i rows and %i clusters at temperature %f', (rows, clusters, temperature) => {
    tf.tidy(() => {
      const [similarities, targets] = [noise([rows, clusters]), noise([rows, clusters], 2, 0.5, 0.5)];
      const [zs, ts] = [similarities.dataSync(), targets.dataSync()];
      const expected = Array.from({ length: rows }, (_, r) => {
        const logits = Array.from(zs.slice(r * clusters, (r + 1) * clusters), (z) => z / temperature);
        const largest = Math.max(...logits);
        const total = largest + Math.log(logits.reduce((sum, z) => sum + Math.exp(z - largest), 0));
        return logits.reduce((sum, z, k) => sum - ts[r * clusters + k] * (z - total), 0);
      });
      expectTensor(softmaxCrossEntropy(similarities, targets, temperature), [rows], expected, 2e-6);
    });
  });

  it('differentiates, with targets that do not sum to 1', () => {
    tf.tidy(() => {
      const targets = noise([3, 4], 2, 0.5, 0.5);
      expectGradients((z) => softmaxCrossEntropy(z, targets, 0.5), [noise([3, 4])], { step: 1e-2 });
    });
  });

  it('gives the targets no gradient', () => {
    tf.tidy(() => {
      const z = noise([2, 3]);
      const loss = (targets: tf.Tensor) =>
        tf.add(tf.sum(softmaxCrossEntropy(z, targets, 1)), tf.sum(tf.mul(targets, 3)));
      expectClose(
        tf
          .grad(loss)(noise([2, 3], 2))
          .dataSync(),
        new Float32Array(6).fill(3),
        0,
      );
    });
  });

  it('refuses shapes that differ and temperatures that are not above 0', () => {
    tf.tidy(() => {
      expect(() => softmaxCrossEntropy(noise([2, 3]), noise([2, 4]), 1)).toThrow(ShapeError);
      expect(() => softmaxCrossEntropy(noise([2, 3]), noise([2, 3]), 0)).toThrow(/temperature 0/);
    });
  });
});
