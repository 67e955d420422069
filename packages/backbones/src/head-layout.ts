import { checkConfig, flag, integer, integerFrom, oneOf, withDefaults } from './config-check.ts';
import { batchNormLayout, type LayoutEntry, layerNormLayout, linearLayout } from './layout.ts';

/** Settings of the clustering head (method.md §1). */
export interface HeadConfig {
  /** Columns of the features it is given. */
  inputSize: number;
  /** K, the number of centroids; default 65536. */
  clusters?: number;
  /** Width of the MLPs' hidden layers, default 2048. */
  hiddenSize?: number;
  /** Hidden layers of the projector, default 2; the predictor always has one. */
  hiddenLayers?: number;
  /** D, the columns of a projection and of a centroid; default 256. */
  bottleneck?: number;
  /** Batch norm after each hidden linear layer, default true (the ResNet preset). */
  norm?: boolean;
  /** After each hidden layer; default 'relu' ('gelu' in the ViT preset). */
  activation?: 'relu' | 'gelu';
  /** Whether there is a predictor, default true. */
  predictor?: boolean;
  /** What a projection goes through before the predictor; default 'bn'. */
  predictorActivation?: 'bn' | 'ln' | 'none';
  /** Whether the predictor's similarities give the centroids gradient, default false. */
  predictorGradients?: boolean;
  /** Whether the local views' similarities give the centroids gradient, default false. */
  localCropGradients?: boolean;
  /** Same seed, same weights; default 0. */
  seed?: number;
}

/** A head's configuration with every default filled in. */
export type ResolvedHeadConfig = Required<HeadConfig>;

const RULES = {
  inputSize: integerFrom(1),
  clusters: integerFrom(1),
  hiddenSize: integerFrom(1),
  hiddenLayers: integerFrom(0),
  bottleneck: integerFrom(1),
  norm: flag,
  activation: oneOf('relu', 'gelu'),
  predictor: flag,
  predictorActivation: oneOf('bn', 'ln', 'none'),
  predictorGradients: flag,
  localCropGradients: flag,
  seed: integer,
};

/**
 * Fills in the defaults.
 *
 * @throws {ConfigError} for an unknown key, a missing one or a value that cannot be
 */
export function resolveHeadConfig(config: HeadConfig): ResolvedHeadConfig {
  checkConfig('head', config, RULES, ['inputSize']);
  return withDefaults<ResolvedHeadConfig>(
    {
      inputSize: config.inputSize,
      clusters: 65536,
      hiddenSize: 2048,
      hiddenLayers: 2,
      bottleneck: 256,
      norm: true,
      activation: 'relu',
      predictor: true,
      predictorActivation: 'bn',
      predictorGradients: false,
      localCropGradients: false,
      seed: 0,
    },
    config,
  );
}

/** A linear layer of an MLP, and the batch norm behind it where there is one. */
export interface MlpLayer {
  linear: string;
  input: number;
  output: number;
  norm: string | undefined;
  /** False for the last layer: it is followed by nothing. */
  hidden: boolean;
}

/** The layers of the projector or the predictor. Numbers in names count norms and activations too. */
export function mlpLayers(part: 'projector' | 'predictor', config: ResolvedHeadConfig): MlpLayer[] {
  const hiddenLayers = part === 'projector' ? config.hiddenLayers : 1;
  const layers: MlpLayer[] = [];
  let input = part === 'projector' ? config.inputSize : config.bottleneck;
  const step = config.norm ? 3 : 2;
  for (let i = 0; i <= hiddenLayers; i++) {
    const hidden = i < hiddenLayers;
    const output = hidden ? config.hiddenSize : config.bottleneck;
    layers.push({
      linear: `${part}.mlp.${i * step}`,
      input,
      output,
      norm: hidden && config.norm ? `${part}.mlp.${i * step + 1}` : undefined,
      hidden,
    });
    input = output;
  }
  return layers;
}

/**
 * Every entry of the head's state, in the order of the authors' program. `centroid_layer.weight_g`, the length
 * of the centroids, is 1 and frozen. Centroids start as random directions of unit length; the trainer replaces
 * them by k-means.
 */
export function headLayout(config: ResolvedHeadConfig): LayoutEntry[] {
  const { clusters, bottleneck, predictor, predictorActivation } = config;
  const mlp = (part: 'projector' | 'predictor') =>
    mlpLayers(part, config).flatMap((layer) => [
      ...linearLayout(layer.linear, layer.output, layer.input),
      ...(layer.norm ? batchNormLayout(layer.norm, layer.output) : []),
    ]);
  const activation = () => {
    if (!predictor || predictorActivation === 'none') return [];
    const layout = predictorActivation === 'bn' ? batchNormLayout : layerNormLayout;
    return layout('predictor_activation', bottleneck);
  };
  return [
    ...mlp('projector'),
    ...(predictor ? mlp('predictor') : []),
    {
      name: 'centroid_layer.weight_g',
      shape: [clusters, 1],
      role: 'frozen',
      initial: { kind: 'constant', value: 1 },
    },
    {
      name: 'centroid_layer.weight_v',
      shape: [clusters, bottleneck],
      role: 'parameter',
      initial: { kind: 'unitRows' },
    },
    ...activation(),
  ];
}
