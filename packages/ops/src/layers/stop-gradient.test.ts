import * as tf from '@tensorflow/tfjs-core';
import { it } from 'vitest';
import { expectClose } from '../../test/compare.ts';
import { describeEveryEngine } from '../../test/every-engine.ts';
import { noise } from '../../test/noise.ts';
import { stopGradient } from './stop-gradient.ts';

describeEveryEngine('stopGradient', () => {
  it('passes values and no gradient', () => {
    tf.tidy(() => {
      const x = noise([2, 3]);
      const dx = tf.grad((v) => tf.mul(v, stopGradient(tf.square(v))))(x);
      expectClose(dx.dataSync(), tf.square(x).dataSync(), 1e-6);
      const alone = tf.grad((v) => tf.add(stopGradient(tf.square(v)), tf.mul(v, 3)))(x);
      expectClose(alone.dataSync(), new Float32Array(6).fill(3), 0);
    });
  });

  it('lives on when the original is disposed of, and the other way round', () => {
    const x = noise([4]);
    const values = x.dataSync();
    const [first, second] = [stopGradient(x), stopGradient(x)];
    first.dispose();
    x.dispose();
    expectClose(second.dataSync(), values, 0);
    second.dispose();
  });
});
