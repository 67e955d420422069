import type { Backbone } from '@excb/backbones';
import type { ImageBatch } from '@excb/data';
import * as tf from '@tensorflow/tfjs-core';
import { NonFiniteFeatureError } from './errors.ts';
import type { FeatureChunk } from './feature-chunk.ts';
import { normaliseRows } from './normalise-rows.ts';

/**
 * Runs a backbone in evaluation mode over batches of images and yields their features, one chunk a batch,
 * [rows, featureSize], each row divided by its L2 norm. Features are read back asynchronously, and every tensor
 * is disposed before a chunk is yielded.
 *
 * @throws NonFiniteFeatureError naming the sample whose features hold NaN or an infinity
 */
export async function* extractFeatures(
  backbone: Pick<Backbone, 'forward'>,
  batches: Iterable<ImageBatch> | AsyncIterable<ImageBatch>,
): AsyncGenerator<FeatureChunk> {
  for await (const { images, indices, labels } of batches) {
    const output = tf.tidy(() =>
      backbone.forward(tf.tensor4d(images.data, images.shape), { training: false }),
    );
    const [rows, size] = output.shape;
    let raw: Float32Array;
    try {
      raw = (await output.data()) as Float32Array;
    } finally {
      output.dispose();
    }
    const features = new Float32Array(rows * size);
    const bad = normaliseRows(raw, 0, features, 0, rows, size);
    if (bad >= 0) {
      throw new NonFiniteFeatureError(
        `the features of sample ${indices[bad]} hold NaN or an infinity: check the weights and the normalisation of the images`,
      );
    }
    yield labels ? { features, size, indices, labels } : { features, size, indices };
  }
}
