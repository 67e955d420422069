import { fillState } from '@excb/golden';
import {
  createHead,
  createResNet,
  createVit,
  type Head,
  type HeadConfig,
  LinearBackbone,
  loadStateDict,
  type Module,
  type ResNet,
  type Vit,
} from '../src/index.ts';

/** Backbones of every kind that a test can afford to run many times. */
export const smallBackbones = {
  'basic ResNet': (seed = 0): ResNet =>
    createResNet({
      block: 'basic',
      blocks: [1, 1],
      width: 4,
      stem: { kernel: 3, stride: 2, maxPool: false },
      lastGain: 1,
      seed,
    }),
  'bottleneck ResNet': (seed = 0): ResNet =>
    createResNet({ block: 'bottleneck', blocks: [1, 1], width: 3, stem: { kernel: 5 }, lastGain: 0.5, seed }),
  ViT: (seed = 0): Vit => createVit({ imageSize: 12, patchSize: 4, embedDim: 8, depth: 2, heads: 2, seed }),
  linear: (seed = 0): LinearBackbone =>
    new LinearBackbone({ type: 'linear', poolGrid: 3, outputSize: 6, inputChannels: 3, seed }),
};

/** A head with batch norm everywhere, as the main preset has, but small. */
export function smallHead(inputSize: number, settings: Partial<HeadConfig> = {}): Head {
  return createHead({ inputSize, clusters: 7, hiddenSize: 10, bottleneck: 5, ...settings });
}

/** Weights of ordinary size, so that no part of a model is drowned by another as it may be at the start. */
export function fill<M extends Module>(module: M, stream: number): M {
  const entries = module.stateNames.map((name): [string, number[]] => {
    const variable = module.parameters.get(name) ?? module.buffers.get(name);
    return [name, variable!.shape];
  });
  loadStateDict(module, fillState(entries, stream));
  return module;
}
