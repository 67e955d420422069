import type { Normalisation } from '@excb/augment';
import type { Backbone } from '@excb/backbones';
import { evaluationBatches, type ImageSource } from '@excb/data';
import { collect, extractFeatures, type FeatureChunk } from '@excb/eval';
import type { TrainConfig } from '@excb/trainer';

/** Features of every image, by the protocol: shorter side to size·256/224, the centre of that size. */
export function evaluationFeatures(
  backbone: Backbone,
  source: ImageSource,
  config: TrainConfig,
  normalisation: Normalisation,
): Promise<FeatureChunk> {
  const crop = Number((config.views as { globalSize?: number }).globalSize ?? 224);
  const resize = Math.round((crop * 256) / 224);
  const batches = evaluationBatches(source, { batch: 64, resize, crop, normalisation });
  return collect(extractFeatures(backbone, batches));
}
