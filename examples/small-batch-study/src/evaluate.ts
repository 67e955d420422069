import type { Backbone } from '@excb/backbones';
import { evaluationBatches, type IdentifiedSource, type ImageSource } from '@excb/data';
import { collect, extractFeatures, nearestNeighbours, scoreKnn, scoreRecallAt1 } from '@excb/eval';
import { tfjsBackend } from '@excb/tensor/tfjs';
import * as tf from '@tensorflow/tfjs-core';

/** What is learned from, which is the bank too, and what asks. */
export interface Split {
  train: IdentifiedSource;
  query: IdentifiedSource;
}

type Normalisation = Parameters<typeof evaluationBatches>[1]['normalisation'];

const K = 20;

/** Category k-NN and identity R@1: queries are one vendor's emoji, the bank is everybody else's. */
export async function evaluate(backbone: Backbone, { train, query }: Split, normalisation: Normalisation) {
  const features = (source: ImageSource) =>
    collect(extractFeatures(backbone, evaluationBatches(source, { batch: 128, normalisation })));
  const bank = await features(train);
  const queries = await features(query);
  const neighbours = await nearestNeighbours({ bank: [bank], queries, k: K, backend: tfjsBackend(tf) });
  const names = { features: 'teacher backbone, whole image', bank: train.name, queries: query.name };
  const knn = scoreKnn(neighbours, {
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
  return { knn: knn.scores[0].top1, recallAt1: recall.recallAt1, protocol: knn.protocol };
}
