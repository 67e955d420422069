import { backboneConfig } from '@excb/backbones';
import { recipeOfEpoch, type TrainConfig, trainConfig } from '@excb/trainer';

/** Something to measure: the training step of one configuration. */
export interface Work {
  config: TrainConfig;
  /** Engines that can do it in a time worth waiting for. */
  engines: string[];
}

/** Settings that a step does not cost time for, as plain as they can be. */
const plain = { epochs: 1, warmupEpochs: 0, centroidStart: null };

const ALL = ['onnxruntime', 'wasm'];
const FAST = ['onnxruntime'];

const WORKS: Record<string, () => Work> = {
  resnet18: () => ({
    config: trainConfig('resnet50', {
      ...plain,
      backbone: 'resnet18',
      batch: 32,
      clusters: 1024,
      views: { globalSize: 64, localSize: 32, localCrops: 4 },
    }),
    engines: ALL,
  }),
  resnet50: () => ({
    config: trainConfig('resnet50', { ...plain, batch: 4, clusters: 16_384 }),
    engines: FAST,
  }),
  'resnet50-65k': () => ({
    config: trainConfig('resnet50', { ...plain, batch: 4, clusters: 65_536 }),
    engines: FAST,
  }),
  'vit-s16': () => ({
    config: trainConfig('vit-s16', { ...plain, batch: 8, clusters: 16_384 }),
    engines: FAST,
  }),
  example: () => ({ config: trainConfig('small', plain), engines: ALL }),
};

/** What can be measured. */
export const workNames = Object.keys(WORKS);

/** @throws Error for a name that is not in `workNames` */
export function findWork(name: string): Work {
  if (!Object.hasOwn(WORKS, name)) {
    throw new Error(`there is no work '${name}': pass --work with one of ${workNames.join(', ')}`);
  }
  return WORKS[name]();
}

/** The same settings without random paths, so that engines can be compared number by number. */
export function withoutDropPath(config: TrainConfig): TrainConfig {
  const { backbone } = config;
  if (typeof backbone === 'string' || !('dropPath' in backbone)) return config;
  return { ...config, backbone: { ...backbone, dropPath: 0 } };
}

/** Number and side of the views of a step. */
export function viewSizes(config: TrainConfig) {
  const { globals, locals } = recipeOfEpoch(config, 0);
  return {
    globals: globals.length,
    globalSize: globals[0].size,
    locals: locals.length,
    localSize: locals[0].size,
  };
}

/** The configuration with everything resolved that another program cannot look up. */
export function describeWork(config: TrainConfig) {
  const backbone = typeof config.backbone === 'string' ? backboneConfig(config.backbone) : config.backbone;
  return { ...config, backbone, views: viewSizes(config) };
}
