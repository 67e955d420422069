import { randomStream } from '@excb/augment';
import { evaluationBatches, imageStatistics, subset } from '@excb/data';
import { buildNetwork, type TrainConfig } from '@excb/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { evaluate, type Split } from './evaluate.ts';

/** What the network of a seed scores before it learns: one file. It is the same for every assignment and batch. */
export interface Untrained {
  seed: number;
  /** Images in the bank. */
  images: number;
  backbone: TrainConfig['backbone'];
  knn: number;
  recallAt1: number;
  protocol: string;
}

/** BatchNorm statistics come from one pass over the bank, without which the network would look worse than it is. */
export async function untrained(config: TrainConfig, split: Split): Promise<Untrained> {
  const { seed, backbone } = config;
  const { train } = split;
  const normalisation = await imageStatistics(train);
  const network = buildNetwork(config, 'teacher');
  try {
    const shuffled = subset(train, shuffledIndices(train.length, seed));
    for await (const { images } of evaluationBatches(shuffled, { batch: 64, normalisation })) {
      tf.tidy(() => {
        network.backbone.forward(tf.tensor4d(images.data, images.shape), { training: true });
      });
    }
    const figures = await evaluate(network.backbone, split, normalisation);
    return { seed, images: train.length, backbone, ...figures };
  } finally {
    network.dispose();
  }
}

function shuffledIndices(length: number, seed: number): number[] {
  const random = randomStream(seed, length);
  const order = Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(random.next() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
