import type { ViewBatch, ViewBatches, ViewTensor } from '../../data/src/index.ts';
import {
  buildRun,
  type TrainConfigOverrides,
  type TrainOptions,
  train,
  trainConfig,
} from '../../trainer/src/index.ts';
import { noiseValues } from './noise.ts';

const BATCH = 8;
const SIDES = { globals: 16, locals: 8 };

const shared: TrainConfigOverrides = {
  epochs: 1,
  batch: BATCH,
  clusters: 5,
  views: { globalSize: SIDES.globals, localSize: SIDES.locals, localCrops: 2 },
};
const vit = { type: 'vit', imageSize: 16, patchSize: 4, embedDim: 8, depth: 2, heads: 2, dropPath: 0.2 };

/** Short runs that between them reach every layer, loss, optimiser and option of training. */
export const TINY_TRAINING: Record<string, TrainConfigOverrides> = {
  'basic ResNet, SGD, clipping': {
    ...shared,
    backbone: { type: 'resnet', block: 'basic', blocks: [1, 1], width: 4, stem: { kernel: 7 } },
    head: { hiddenSize: 8, bottleneck: 6, localCropGradients: true, predictorGradients: true },
    centroidStart: { samples: 16, iterations: 5, restarts: 50 },
    clip: 1,
  },
  'bottleneck ResNet, LARS': {
    ...shared,
    backbone: {
      type: 'resnet',
      block: 'bottleneck',
      blocks: [1, 1],
      width: 2,
      stem: { kernel: 3, stride: 1 },
    },
    head: { hiddenSize: 8, bottleneck: 6, predictorActivation: 'none' },
    optimiser: { name: 'lars', momentum: 0.9, trust: 0.001 },
    centroidStart: null,
    assigner: 'none',
  },
  'ViT, AdamW': {
    ...shared,
    backbone: vit,
    head: { hiddenSize: 8, bottleneck: 6, norm: false, activation: 'gelu', predictorActivation: 'ln' },
    optimiser: { name: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    centroidStart: null,
  },
  'ViT without predictor, Adam': {
    ...shared,
    backbone: vit,
    head: { hiddenSize: 8, bottleneck: 6, norm: false, activation: 'gelu', predictor: false },
    optimiser: { name: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    centroidStart: null,
  },
};

function viewTensor(rows: number, side: number, seed: number): ViewTensor {
  return { data: noiseValues(rows * side * side * 3, seed), shape: [rows, side, side, 3] };
}

/** Trains two steps an epoch, the second one with `lastBatch` images, with the centroid start where it is set. */
export async function trainTiny(
  overrides: TrainConfigOverrides,
  options?: TrainOptions,
  lastBatch = BATCH,
): Promise<number[]> {
  const stepsPerEpoch = 2;
  const batches: Pick<ViewBatches, 'batches'> = {
    async *batches(epoch): AsyncIterable<ViewBatch> {
      for (let step = 0; step < stepsPerEpoch; step++) {
        const seed = 10 * (epoch * stepsPerEpoch + step) + 1;
        const images = step === stepsPerEpoch - 1 ? lastBatch : BATCH;
        yield {
          globals: viewTensor(2 * images, SIDES.globals, seed),
          locals: viewTensor(2 * images, SIDES.locals, seed + 1),
          indices: Int32Array.from({ length: images }, (_, i) => step * BATCH + i),
          epoch,
          step,
        };
      }
    },
  };
  const run = buildRun(trainConfig('small', overrides), stepsPerEpoch);
  const losses: number[] = [];
  try {
    await train(run, batches as ViewBatches, {
      ...options,
      onStep: ({ loss }) => {
        losses.push(loss);
      },
    });
  } finally {
    run.dispose();
  }
  return losses;
}
