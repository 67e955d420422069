import type { Normalisation } from '@excb/augment';
import type { Backbone } from '@excb/backbones';
import { evaluationBatches, type ImageSource } from '@excb/data';
import { collect, extractFeatures, type FeatureChunk } from '@excb/eval';
import type { TrainConfig } from '@excb/trainer';

/** How the command line prepares images for evaluation, in the words of a protocol. */
export function framingOf(config: TrainConfig): { resize: number; crop: number; words: string } {
  const crop = Number((config.views as { globalSize?: number }).globalSize ?? 224);
  const resize = Math.round((crop * 256) / 224);
  return { resize, crop, words: `shorter side ${resize}, centre ${crop}` };
}

/**
 * Features of every image, by the protocol: shorter side to 256/224 of the global views' size, the centre of that
 * size. Broken images are left out and named through `warn`.
 */
export async function evaluationFeatures(
  backbone: Backbone,
  source: ImageSource,
  config: TrainConfig,
  normalisation: Normalisation,
  warn: (message: string) => void,
): Promise<FeatureChunk> {
  const { resize, crop } = framingOf(config);
  const batches = evaluationBatches(source, { batch: 64, resize, crop, normalisation });
  const features = await collect(extractFeatures(backbone, batches));
  for (const { name, reason } of batches.skipped) warn(`skipped ${name}: ${reason}`);
  return features;
}
