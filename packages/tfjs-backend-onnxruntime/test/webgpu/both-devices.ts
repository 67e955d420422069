import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { startEngine } from '../../../ops/src/index.ts';
import { expectClose } from '../../../ops/test/compare.ts';
import { noise } from '../../../ops/test/noise.ts';
import { configure, explain } from '../../src/index.ts';

/** Runs something on the reference, tfjs-cpu, and on the GPU with no help from tfjs-cpu. */
export async function onBoth<T>(run: () => T | Promise<T>): Promise<{ expected: T; actual: T }> {
  await startEngine('cpu');
  const expected = await run();
  expect((await startEngine('onnxruntime', { device: 'webgpu' })).device).toBe('webgpu');
  configure({ strict: true });
  try {
    const actual = await run();
    expect([...explain().fallbacks.keys()], 'kernels on tfjs-cpu').toEqual([]);
    return { expected, actual };
  } finally {
    configure({ strict: false });
  }
}

type Layer = (...inputs: tf.Tensor[]) => tf.Tensor;

/** The output of a layer, and the gradient of Σ weights·output for each input. */
function outputAndGradients(layer: Layer, inputs: () => tf.Tensor[]): Float32Array[] {
  return tf.tidy(() => {
    const made = inputs();
    const y = layer(...made);
    const gradients = tf.grads(layer)(made, noise(y.shape, 97));
    return [y, ...gradients].map((tensor) => tensor.dataSync() as Float32Array);
  });
}

/** Compares a layer's output and gradients on the GPU with the reference's. */
export async function expectSame(layer: Layer, inputs: () => tf.Tensor[], tolerance = 1e-5): Promise<void> {
  const { expected, actual } = await onBoth(() => outputAndGradients(layer, inputs));
  expected.forEach((values, i) => {
    expect(
      values.some((value) => value !== 0),
      `all of ${label(i)} is 0`,
    ).toBe(true);
    expectClose(actual[i], values, tolerance, label(i));
  });
}

const label = (i: number): string => (i === 0 ? 'output ' : `gradient of input ${i - 1} `);
