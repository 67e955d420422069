import { randomStream } from '@excb/augment';
import type { ViewBatches } from '@excb/data';
import { tfjsBackend } from '@excb/tensor/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import type { Network } from './network.ts';
import { clusterMeans, type KMeansResult, sphericalKMeans } from './spherical-k-means.ts';

/** Settings of the centroid start. */
export interface CentroidStartConfig {
  /** Samples to cluster, at most one pass over the data. */
  samples: number;
  /** Rounds of k-means. */
  iterations: number;
  /** New starts before giving up on empty clusters. */
  restarts: number;
}

/** What the centroid start did. */
export interface CentroidStartResult extends KMeansResult {
  /** The clustered projections, unit-length rows `[samples, bottleneck]`. */
  features: Float32Array;
}

/** Where the centroid start looks and what it starts from. */
export interface CentroidStartOptions extends CentroidStartConfig {
  clusters: number;
  seed: number;
  /** The pass to read: one that training does not use, so that none of its random numbers are taken. */
  pass: number;
  /** First centroids of a try, as distinct sample indices; seeded and random when absent. */
  select?: ((attempt: number, samples: number) => ArrayLike<number>) | undefined;
  /** Ends the start; the centroids are then as they were. */
  signal?: AbortSignal | undefined;
}

/**
 * Starts the centroids of student and teacher from k-means over the teacher's projections: one of the global
 * views by turns, in training mode (the teacher's BatchNorm statistics move). The teacher gets the unit-length
 * centroids, the student the plain means. Source: method §4.
 *
 * @throws TooFewSamplesError, EmptyClustersError, or the signal's reason when it aborts
 */
export async function startCentroids(
  student: Network,
  teacher: Network,
  batches: ViewBatches,
  options: CentroidStartOptions,
): Promise<CentroidStartResult> {
  const { features, size } = await collectProjections(teacher, batches, options);
  const samples = features.length / size;
  const select = options.select ?? randomSelection(options.seed, options.clusters);
  const found = await sphericalKMeans({
    ...options,
    features,
    size,
    select: (attempt) => select(attempt, samples),
    backend: tfjsBackend(tf),
  });
  const means = clusterMeans(features, size, found.assignments, found.centroids);
  setCentroids(teacher, found.centroids);
  setCentroids(student, means);
  return { ...found, features };
}

async function collectProjections(
  teacher: Network,
  batches: ViewBatches,
  options: CentroidStartOptions,
): Promise<{ features: Float32Array; size: number }> {
  const chunks: Float32Array[] = [];
  let collected = 0;
  let size = 0;
  for await (const { globals, indices, step } of batches.batches(options.pass)) {
    options.signal?.throwIfAborted();
    const [, height, width, channels] = globals.shape;
    const batch = indices.length;
    const view = step % (globals.shape[0] / batch);
    const length = batch * height * width * channels;
    const projections = tf.tidy(() => {
      const images = tf.tensor4d(globals.data.subarray(view * length, (view + 1) * length), [
        batch,
        height,
        width,
        channels,
      ]);
      const rows = teacher.head.project(teacher.backbone.forward(images, { training: true }), {
        training: true,
      });
      return tf.div(rows, tf.maximum(tf.norm(rows, 2, 1, true), 1e-12)) as tf.Tensor2D;
    });
    size = projections.shape[1];
    const rows = Math.min(batch, options.samples - collected);
    chunks.push(((await projections.data()) as Float32Array).slice(0, rows * size));
    projections.dispose();
    collected += rows;
    if (collected >= options.samples) break;
  }
  const features = new Float32Array(collected * size);
  let at = 0;
  for (const chunk of chunks) {
    features.set(chunk, at);
    at += chunk.length;
  }
  return { features, size };
}

/** Distinct random sample indices: the first entries of a seeded permutation. */
function randomSelection(seed: number, clusters: number) {
  return (attempt: number, samples: number): Int32Array => {
    const random = randomStream(seed, CENTROID_START, attempt);
    const order = Int32Array.from({ length: samples }, (_, i) => i);
    for (let i = 0; i < clusters; i++) {
      const j = i + Math.floor(random.next() * (samples - i));
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order.subarray(0, clusters);
  };
}

/** Key of this file's random numbers, apart from those of views and shuffling. */
const CENTROID_START = 0x6b6d6e73;

function setCentroids(network: Network, rows: Float32Array): void {
  const centroids = network.parameters.get('classifier.centroid_layer.weight_v')!;
  tf.tidy(() => centroids.assign(tf.tensor(rows, centroids.shape)));
}
