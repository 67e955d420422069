import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { expect, it } from 'vitest';
import { noise } from '../../test/noise.ts';
import { conv2d } from './conv2d.ts';

it('prepares a backend that nobody has started as an engine', async () => {
  await tf.setBackend('cpu');
  tf.tidy(() => {
    const weight = noise([2, 3, 3, 3]);
    const gradient = tf.grad((x) => tf.sum(conv2d(x, weight)))(noise([1, 4, 4, 3]));
    expect(gradient.shape).toEqual([1, 4, 4, 3]);
  });
});
