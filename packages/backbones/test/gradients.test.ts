import { hashTensor } from '@excb/golden';
import { startEngine } from '@excb/ops';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Module } from '../src/index.ts';
import { trainableParameters } from '../src/index.ts';
import { fill, smallBackbones, smallHead } from './small-models.ts';

beforeAll(async () => {
  await startEngine('cpu');
});

/** Step of the central differences: float32 losses near 1 leave about 1e-7 / 1e-3 of noise in the slope. */
const STEP = 1e-3;

/** Moves a variable along a direction. */
function move(variable: tf.Variable, direction: tf.Tensor, by: number): void {
  tf.tidy(() => variable.assign(tf.add(variable, tf.mul(direction, by))));
}

/** Every parameter's gradient along a fixed direction against central differences of the loss. */
async function checkSlopes(modules: Module[], loss: () => tf.Scalar): Promise<void> {
  const variables = modules.flatMap((module) => [...trainableParameters(module)]);
  const { value, grads } = tf.variableGrads(
    loss,
    variables.map(([, variable]) => variable),
  );
  value.dispose();
  const slopes: [string, number, number][] = [];
  for (const [i, [name, variable]] of variables.entries()) {
    const direction = tf.tensor(hashTensor(i, variable.size), variable.shape, 'float32');
    const [slope] = await tf.tidy(() => tf.sum(tf.mul(grads[variable.name], direction))).data();
    const at = async (by: number) => {
      move(variable, direction, by);
      const result = tf.tidy(loss);
      const [number] = await result.data();
      result.dispose();
      move(variable, direction, -by);
      return number;
    };
    slopes.push([name, slope, ((await at(STEP)) - (await at(-STEP))) / (2 * STEP)]);
    direction.dispose();
  }
  tf.dispose(grads);
  const largest = Math.max(...slopes.map(([, slope]) => Math.abs(slope)));
  expect(largest).toBeGreaterThan(0.01);
  for (const [name, slope, expected] of slopes) {
    const allowed = 0.01 * Math.abs(expected) + 0.002 * largest;
    expect(Math.abs(slope - expected), `${name}: ${slope} against ${expected}`).toBeLessThan(allowed);
  }
}

/** A smooth loss that no direction leaves unchanged. */
function lossOf(outputs: tf.Tensor): tf.Scalar {
  const weights = tf.tensor(hashTensor(77, outputs.size), outputs.shape, 'float32');
  return tf.mean(tf.mul(tf.mul(outputs, outputs), weights)) as tf.Scalar;
}

function photos(stream: number, shape: [number, number, number, number]): tf.Tensor4D {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor4d(hashTensor(stream, size, Math.sqrt(3)), shape);
}

describe('gradients of whole models equal finite differences', () => {
  it.each(Object.entries(smallBackbones))('%s', async (_, create) => {
    const backbone = fill(create(), 500);
    const images = photos(5, [3, 12, 12, 3]);
    await checkSlopes([backbone], () => lossOf(backbone.forward(images, { training: true })));
    images.dispose();
    backbone.dispose();
  });

  it('ViT at a resized resolution', async () => {
    const backbone = fill(smallBackbones.ViT(), 600);
    const images = photos(6, [2, 9, 18, 3]);
    await checkSlopes([backbone], () => lossOf(backbone.forward(images, { training: true })));
    images.dispose();
    backbone.dispose();
  });

  it.each(['bn', 'ln', 'none'] as const)(
    'linear backbone and head, predictor activation %s',
    async (activation) => {
      const backbone = fill(smallBackbones.linear(), 700);
      const head = fill(
        smallHead(backbone.featureSize, {
          predictorActivation: activation,
          activation: 'gelu',
          predictorGradients: true,
          localCropGradients: true,
        }),
        800,
      );
      const [global, local] = [photos(7, [6, 9, 9, 3]), photos(8, [4, 6, 6, 3])];
      await checkSlopes([backbone, head], () => {
        const [g, l] = [global, local].map((images) => backbone.forward(images, { training: true }));
        return lossOf(head.forward(g, l, { training: true, predictor: true }).similarities);
      });
      for (const thing of [global, local, backbone, head]) thing.dispose();
    },
  );
});
