import type { Assigner } from '@excb/balancer';
import type { ImageBatch } from '@excb/data';
import * as tf from '@tensorflow/tfjs-core';
import type { Network } from './network.ts';

/** The cluster of one image. */
export interface ClusterAssignment {
  /** Index of the image in its source. */
  index: number;
  cluster: number;
  /** Cosine similarity with the cluster's centroid, in [−1, 1]. */
  similarity: number;
}

/** Assigners that change over a run are asked as at its end. */
const AT_THE_END = { step: 1, steps: 1, epoch: Number.POSITIVE_INFINITY };

/**
 * The cluster of every image, in evaluation mode: its nearest centroid, or what the assigner says where one is
 * given. The assigner's sizes stay; its health counts these rows.
 */
export async function assignClusters(
  network: Network,
  batches: AsyncIterable<ImageBatch>,
  assigner?: Pick<Assigner<tf.Tensor>, 'assign'>,
): Promise<ClusterAssignment[]> {
  const found: ClusterAssignment[] = [];
  for await (const { images, indices } of batches) {
    const [labels, best] = tf.tidy(() => {
      const features = network.backbone.forward(tf.tensor4d(images.data, images.shape), { training: false });
      const { similarities } = network.head.forward(features, undefined, {
        training: false,
        predictor: false,
      });
      const clusters = assigner
        ? assigner.assign(similarities, AT_THE_END).assignments
        : tf.argMax(similarities, 1);
      const chosen = tf.oneHot(tf.cast(clusters, 'int32') as tf.Tensor1D, similarities.shape[1]);
      return [clusters, tf.sum(tf.mul(similarities, chosen), 1)];
    });
    const [clusters, values] = await Promise.all([labels.data(), best.data()]);
    tf.dispose([labels, best]);
    indices.forEach((index, i) => {
      found.push({ index, cluster: clusters[i], similarity: values[i] });
    });
  }
  return found;
}
