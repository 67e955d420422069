export { type ContactSheetOptions, contactSheet } from './contact-sheet.ts';
export {
  BankSweepError,
  BankTooSmallError,
  EvaluationOptionError,
  FeatureShapeError,
  LabelError,
  NonFiniteFeatureError,
} from './errors.ts';
export { extractFeatures } from './extract-features.ts';
export { collect, type FeatureChunk, type FeatureChunks, type FeatureRows } from './feature-chunk.ts';
export {
  type EvaluationNames,
  formatKnnReport,
  type KnnOptions,
  type KnnReport,
  knn,
  type ScoreKnnOptions,
  scoreKnn,
} from './knn.ts';
export { type NearestNeighboursOptions, type Neighbours, nearestNeighbours } from './nearest-neighbours.ts';
export type { FeatureBank, SearchOptions } from './neighbour-blocks.ts';
export {
  type Identities,
  type RecallOptions,
  type RecallReport,
  recallAt1,
  scoreRecallAt1,
} from './recall.ts';
export type { KnnScore, VoteOptions } from './vote.ts';
