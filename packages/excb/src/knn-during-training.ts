import type { ImageSource } from '@excb/data';
import { knn } from '@excb/eval';
import { ConfigError, type TrainConfig, type TrainImagesOptions } from '@excb/trainer';
import { evaluationFeatures, framingOf } from './evaluation-features.ts';

/**
 * k-NN accuracy of the teacher's features over the training images themselves, each image left out of its own
 * bank, after every `every` epochs.
 *
 * @throws ConfigError when the images have no labels
 */
export function knnDuringTraining(
  source: ImageSource,
  config: TrainConfig,
  every: number,
  warn: (message: string) => void,
): TrainImagesOptions['evaluate'] {
  const { classes } = source;
  if (!classes) {
    throw new ConfigError(
      `--knn-every needs labels, and ${source.name} has none: put the images into one folder per class`,
    );
  }
  return async (run, epoch, normalisation) => {
    if (epoch % every !== 0) return undefined;
    const features = await evaluationFeatures(run.teacher.backbone, source, config, normalisation, warn);
    const report = await knn({
      bank: [features],
      queries: features,
      leaveOneOut: true,
      classes: classes.length,
      names: {
        features: `teacher backbone, ${framingOf(config).words}`,
        bank: source.name,
        queries: source.name,
      },
    });
    return { knn: report };
  };
}
