import { backboneConfig } from '@excb/backbones';
import { closest } from 'fastest-levenshtein';
import { checkTrainConfig, type TrainConfig, type TrainConfigOverrides } from './config.ts';
import { ConfigError } from './errors.ts';

/** A preset states its learning rate for this batch; other batches scale it linearly. */
interface Preset {
  referenceBatch: number;
  /** Warm-up as a share of the epochs, where it is not a fixed number of epochs. */
  warmupShare?: number;
  config: TrainConfig;
}

const shared = {
  seed: 0,
  clusters: 65_536,
  assigner: { name: 'balance' },
  clusterMomentum: 'auto',
  teacherTemperature: 0.04,
  studentTemperature: 0.1,
  learningRateSchedule: 'cosine',
  learningRateMinimum: 1e-4,
  centroidDecayFactor: 10,
  clip: 0,
  teacherMomentum: 0.996,
  teacherMomentumEnd: 1,
  centroidStart: { samples: 500_000, iterations: 50, restarts: 10 },
  minScale: [0.26, 0.14],
  normalisation: 'imagenet',
} satisfies Partial<TrainConfig>;

const head = {
  hiddenSize: 2048,
  hiddenLayers: 2,
  bottleneck: 256,
  predictor: true,
  predictorActivation: 'bn',
  predictorGradients: false,
  localCropGradients: false,
} satisfies Partial<TrainConfig['head']>;

/** The paper's two settings (method §5), and one that learns from small images in minutes on a CPU. */
const presets = {
  resnet50: {
    referenceBatch: 1024,
    config: {
      ...shared,
      epochs: 400,
      batch: 1024,
      clusterMomentum: 0.999,
      backbone: 'resnet50',
      head: { ...head, norm: true, activation: 'relu' },
      optimiser: { name: 'sgd', momentum: 0.9 },
      learningRate: 0.6,
      warmupEpochs: 10,
      weightDecay: 1e-4,
      weightDecayEnd: 1e-4,
      views: { preset: 'released' },
    },
  },
  'vit-s16': {
    referenceBatch: 1024,
    config: {
      ...shared,
      epochs: 800,
      batch: 1024,
      clusterMomentum: 0.999,
      backbone: { ...backboneConfig('vit-s16'), dropPath: 0.1 },
      head: { ...head, norm: false, activation: 'gelu' },
      optimiser: { name: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
      learningRate: 0.002,
      warmupEpochs: 10,
      weightDecay: 0.04,
      weightDecayEnd: 0.4,
      views: { preset: 'released' },
    },
  },
  small: {
    referenceBatch: 32,
    warmupShare: 0.1,
    config: {
      ...shared,
      epochs: 16,
      batch: 32,
      clusters: 64,
      clusterMomentum: 0.999,
      backbone: {
        type: 'resnet',
        block: 'basic',
        blocks: [1, 1, 1, 1],
        width: 24,
        stem: { kernel: 3, stride: 2, maxPool: false },
        lastGain: 1,
      },
      head: { ...head, hiddenSize: 256, bottleneck: 64, norm: true, activation: 'relu' },
      optimiser: { name: 'sgd', momentum: 0.9 },
      learningRate: 0.15,
      warmupEpochs: 1.6,
      weightDecay: 1e-4,
      weightDecayEnd: 1e-4,
      teacherMomentum: 0.99,
      centroidStart: { samples: 4096, iterations: 50, restarts: 10 },
      minScale: [0.5, 0.4],
      normalisation: 'measured',
      views: {
        preset: 'released',
        globalSize: 32,
        localSize: 16,
        localCrops: 4,
        localMinScale: 0.2,
        flip: 0,
        jitter: { probability: 0.8, brightness: 0.24, contrast: 0.24, saturation: 0.12, hue: 0.06 },
        blur: { sigma: [0.1, 0.5], kernel: 5 },
      },
    },
  },
} satisfies Record<string, Preset>;

/** A preset's name. */
export type PresetName = keyof typeof presets;

/** The presets there are. */
export const presetNames = Object.keys(presets) as PresetName[];

/**
 * A preset with some settings replaced, complete and checked. Unless they are given themselves, the learning
 * rate is scaled to the batch and a warm-up that is a share of the run to the epochs.
 *
 * @throws ConfigError
 */
export function trainConfig(preset: string, overrides: TrainConfigOverrides = {}): TrainConfig {
  if (!Object.hasOwn(presets, preset)) {
    throw new ConfigError(
      `there is no preset '${preset}': did you mean '${closest(preset, presetNames)}'? There are ${presetNames.join(', ')}`,
    );
  }
  const { referenceBatch, warmupShare, config }: Preset = presets[preset as PresetName];
  const batch = overrides.batch ?? config.batch;
  const epochs = overrides.epochs ?? config.epochs;
  const derived = {
    learningRate: (config.learningRate * batch) / referenceBatch,
    warmupEpochs: warmupShare === undefined ? config.warmupEpochs : warmupShare * epochs,
  };
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  return checkTrainConfig({
    ...config,
    ...derived,
    ...given,
    head: { ...config.head, ...overrides.head },
    views: { ...config.views, ...overrides.views },
  });
}
