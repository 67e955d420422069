import type { ImageBatch } from '@excb/data';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, expect, it } from 'vitest';
import { NonFiniteFeatureError } from './errors.ts';
import { extractFeatures } from './extract-features.ts';
import { collect } from './feature-chunk.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Mean colour, moved in training mode. */
const meanColour = {
  forward(images: tf.Tensor4D, { training }: { training: boolean }): tf.Tensor2D {
    tf.mul(images, 3); // left for extractFeatures to dispose
    return tf.add(tf.mean(images, [1, 2]), training ? 1 : 0) as tf.Tensor2D;
  },
};

function batch(colours: [number, number, number][], indices: number[], labels?: number[]): ImageBatch {
  const data = new Float32Array(colours.length * 4 * 3);
  colours.forEach((colour, i) => {
    for (let pixel = 0; pixel < 4; pixel++) data.set(colour, (i * 4 + pixel) * 3);
  });
  return {
    images: { data, shape: [colours.length, 2, 2, 3] },
    indices: Int32Array.from(indices),
    ...(labels && { labels: Int32Array.from(labels) }),
  };
}

it('yields normalised features with their samples and labels, and leaves no tensor', async () => {
  async function* batches() {
    yield batch(
      [
        [3, 0, 4],
        [0, -2, 0],
      ],
      [5, 2],
      [1, 0],
    );
    yield batch([[0, 0, 0]], [8], [2]);
  }
  const before = tf.memory().numTensors;
  const chunks = [];
  for await (const chunk of extractFeatures(meanColour, batches())) {
    expect(tf.memory().numTensors).toBe(before);
    chunks.push(chunk);
  }
  expect(chunks.map(({ indices, labels, size }) => [[...indices], [...labels!], size])).toEqual([
    [[5, 2], [1, 0], 3],
    [[8], [2], 3],
  ]);
  const { features } = await collect(chunks);
  [0.6, 0, 0.8, 0, -1, 0, 0, 0, 0].forEach((value, i) => {
    expect(features[i]).toBeCloseTo(value, 6);
  });
});

it('takes batches without labels from a plain list', async () => {
  const { labels, indices } = await collect(extractFeatures(meanColour, [batch([[1, 1, 1]], [3])]));
  expect(labels).toBeUndefined();
  expect([...indices]).toEqual([3]);
});

it('names the sample whose features are not finite, and leaves no tensor', async () => {
  const before = tf.memory().numTensors;
  const wrong = batch(
    [
      [1, 1, 1],
      [1, Number.NaN, 1],
    ],
    [3, 44],
  );
  const reading = collect(extractFeatures(meanColour, [wrong]));
  await expect(reading).rejects.toThrow(NonFiniteFeatureError);
  await expect(reading).rejects.toThrow(/sample 44 /);
  expect(tf.memory().numTensors).toBe(before);
});

it('leaves no tensor when the backbone throws', async () => {
  const before = tf.memory().numTensors;
  const broken = {
    forward(images: tf.Tensor4D): tf.Tensor2D {
      tf.mul(images, 2);
      throw new Error('broken');
    },
  };
  await expect(collect(extractFeatures(broken, [batch([[1, 1, 1]], [0])]))).rejects.toThrow('broken');
  expect(tf.memory().numTensors).toBe(before);
});
