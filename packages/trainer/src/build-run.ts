import {
  cropMinScale,
  type MultiCropOptions,
  type MultiCropRecipe,
  multiCropRecipe,
  randomStream,
} from '@excb/augment';
import { createBackbone, createHead } from '@excb/backbones';
import { type Assigner, createAssigner } from '@excb/balancer';
import { tfjsBackend } from '@excb/tensor/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { backboneSettings, type TrainConfig } from './config.ts';
import { createEmbeddingQueue } from './embedding-queue.ts';
import { ConfigError } from './errors.ts';
import { createNetwork, type Network } from './network.ts';
import { type LoopConfig, startRun, type TrainingRun } from './train.ts';

/** The multi-crop recipe of an epoch: the smallest crop falls over the run. */
export function recipeOfEpoch(config: TrainConfig, epoch: number): MultiCropRecipe {
  const [from, to] = config.minScale;
  // The pass of the centroid start is numbered after the last epoch.
  const minScale = cropMinScale(Math.min(epoch, config.epochs), config.epochs, from, to);
  return multiCropRecipe({ ...(config.views as MultiCropOptions), minScale });
}

/** A student or a teacher as configured; only the student drops paths. */
export function buildNetwork(config: TrainConfig, role: 'student' | 'teacher'): Network {
  // No two parts of two runs draw from one seed: the loader takes 3s, the backbone 3s + 1, the head 3s + 2.
  const settings = { ...backboneSettings(config.backbone), seed: 3 * config.seed + 1 };
  const backbone = createBackbone(
    role === 'teacher' && settings.type === 'vit' ? { ...settings, dropPath: 0 } : settings,
  );
  const head = createHead({
    ...config.head,
    inputSize: backbone.featureSize,
    clusters: config.clusters,
    seed: 3 * config.seed + 2,
  });
  return createNetwork(backbone, head);
}

/** The loop's part of a configuration. */
export function loopConfig(config: TrainConfig, stepsPerEpoch: number): LoopConfig {
  const { globals, locals } = recipeOfEpoch(config, 0);
  if (globals.length === 1 && !config.head.predictor) {
    throw new ConfigError(
      'one global view without a predictor leaves nothing to predict: use 2 globalCrops or the predictor',
    );
  }
  return {
    epochs: config.epochs,
    seed: config.seed,
    clusters: config.clusters,
    globalViews: globals.length,
    localViews: locals.length,
    predictor: config.head.predictor,
    studentTemperature: config.studentTemperature,
    optimiser: config.optimiser,
    clip: config.clip,
    centroidStart: config.centroidStart,
    schedule: {
      learningRate: config.learningRate,
      schedule: config.learningRateSchedule,
      minimumFactor: config.learningRateMinimum,
      warmupSteps: Math.round(config.warmupEpochs * stepsPerEpoch),
      weightDecay: config.weightDecay,
      weightDecayEnd: config.weightDecayEnd,
      centroidDecayFactor: config.centroidDecayFactor,
      teacherMomentum: config.teacherMomentum,
      teacherMomentumEnd: config.teacherMomentumEnd,
      totalSteps: config.epochs * stepsPerEpoch,
    },
  };
}

/** Networks, assigner and optimiser of a configuration, at the beginning of a run. */
export function buildRun(config: TrainConfig, stepsPerEpoch: number): TrainingRun {
  const loop = loopConfig(config, stepsPerEpoch);
  const { assigner, head } = config;
  const queue =
    assigner.name === 'sinkhorn' && assigner.queue > 0
      ? createEmbeddingQueue(assigner.queue, head.bottleneck)
      : undefined;
  return startRun(
    loop,
    buildNetwork(config, 'student'),
    buildNetwork(config, 'teacher'),
    buildAssigner(config),
    queue,
  );
}

function buildAssigner(config: TrainConfig): Assigner<tf.Tensor> {
  const { clusters, teacherTemperature, assigner } = config;
  const shared = { clusters, backend: tfjsBackend(tf) };
  switch (assigner.name) {
    case 'centering': {
      const { momentum, warmup } = assigner;
      return createAssigner('centering', {
        ...shared,
        teacherTemperature,
        momentum,
        ...(warmup && { warmup }),
      });
    }
    case 'sinkhorn': {
      const { epsilon, rounds } = assigner;
      return createAssigner('sinkhorn', { ...shared, epsilon, rounds });
    }
    case 'mira': {
      const { temperature, beta, rounds } = assigner;
      return createAssigner('mira', { ...shared, temperature, beta, rounds });
    }
    default: {
      const jitter = randomStream(config.seed, JITTER);
      return createAssigner(assigner.name, {
        ...shared,
        momentum: config.clusterMomentum,
        teacherTemperature,
        random: () => jitter.next(),
      });
    }
  }
}

/** Key of the balancer's random numbers, apart from those of views and shuffling. */
const JITTER = 0x6a697474;
