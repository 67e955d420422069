import type { Normalisation } from '@excb/augment';
import { randomStream } from '@excb/augment';
import type { Backbone } from '@excb/backbones';
import { evaluationBatches, type IdentifiedSource, type ImageSource, subset } from '@excb/data';
import { collect, extractFeatures, nearestNeighbours, scoreKnn, scoreRecallAt1 } from '@excb/eval';
import { tfjsBackend } from '@excb/tensor/tfjs';
import { buildNetwork, type TrainConfig } from '@excb/trainer';
import * as tf from '@tensorflow/tfjs-core';

/** What is learned from, which is the bank too, and what asks. */
export interface Split {
  train: IdentifiedSource;
  query: IdentifiedSource;
}

/** What the example measures. */
export interface Figures {
  /** Share of query images whose category the 20 nearest bank images vote for. */
  knn: number;
  /** Share of query images whose nearest bank image shows the same emoji. */
  recallAt1: number;
  protocol: string;
}

const K = 20;

/** Both figures of a backbone: queries are one vendor's emoji, the bank is everybody else's. */
export async function evaluate(
  backbone: Backbone,
  { train, query }: Split,
  normalisation: Normalisation,
): Promise<Figures> {
  const features = (source: ImageSource) =>
    collect(extractFeatures(backbone, evaluationBatches(source, { batch: 128, normalisation })));
  const bank = await features(train);
  const queries = await features(query);
  const neighbours = await nearestNeighbours({ bank: [bank], queries, k: K, backend: tfjsBackend(tf) });
  const names = { features: 'teacher backbone, whole image', bank: train.name, queries: query.name };
  const report = scoreKnn(neighbours, {
    classes: train.classes!.length,
    k: K,
    queryLabels: queries.labels!,
    names,
  });
  const recall = scoreRecallAt1(neighbours, {
    identities: { bank: train.identities, queries: query.identities },
    queryIndices: queries.indices,
    names,
  });
  return { knn: report.scores[0].top1, recallAt1: recall.recallAt1, protocol: report.protocol };
}

/**
 * The same figures before any training: the untrained network with BatchNorm statistics filled from one pass
 * over the bank, without which it would look worse than it is.
 */
export async function untrainedFigures(
  config: TrainConfig,
  split: Split,
  normalisation: Normalisation,
): Promise<Figures> {
  const network = buildNetwork(config, 'teacher');
  const { train } = split;
  const shuffled = subset(train, shuffledIndices(train.length, config.seed));
  for await (const { images } of evaluationBatches(shuffled, { batch: 64, normalisation })) {
    tf.tidy(() => {
      network.backbone.forward(tf.tensor4d(images.data, images.shape), { training: true });
    });
  }
  const figures = await evaluate(network.backbone, split, normalisation);
  network.dispose();
  return figures;
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
