import {
  blockCounts,
  checkConfig,
  fields,
  finite,
  flag,
  integer,
  integerFrom,
  oneOf,
  text,
  withDefaults,
} from './config-check.ts';
import { batchNormLayout, convolutionLayout, type LayoutEntry } from './layout.ts';

/** The first convolution of a ResNet, and whether a 3×3 max pool of stride 2 follows it. */
export interface ResNetStem {
  /** Default 7. */
  kernel: number;
  /** Default 2. */
  stride: number;
  /** Default true. */
  maxPool: boolean;
}

/** Settings of a ResNet in torchvision's v1.5 layout. */
export interface ResNetConfig {
  type: 'resnet';
  /** For messages and reports; default 'resnet'. */
  name?: string;
  /** Default 'basic' (two 3×3 convolutions); 'bottleneck' is 1×1, 3×3, 1×1 with four times the outputs. */
  block?: 'basic' | 'bottleneck';
  /** Blocks of every stage, default [2, 2, 2, 2]; each stage after the first halves the side. */
  blocks?: readonly number[];
  /** Channels of the stem and of the first stage's 3×3 convolutions, default 64; doubled by every stage. */
  width?: number;
  stem?: Partial<ResNetStem>;
  /** Default 3. */
  inputChannels?: number;
  /** Where the gain of the last batch norm of each residual branch starts; default 0. */
  lastGain?: number;
  /** Same seed, same weights; default 0. */
  seed?: number;
}

/** A ResNet configuration with every default filled in. */
export type ResolvedResNetConfig = Required<Omit<ResNetConfig, 'stem'>> & { stem: ResNetStem };

/** One residual block: what it is called, and its sizes. */
export interface ResidualBlock {
  name: string;
  input: number;
  /** Channels of the 3×3 convolutions. */
  width: number;
  output: number;
  stride: number;
  /** True where the shortcut needs a 1×1 convolution. */
  downsample: boolean;
}

const DEFAULTS: ResolvedResNetConfig = {
  type: 'resnet',
  name: 'resnet',
  block: 'basic',
  blocks: [2, 2, 2, 2],
  width: 64,
  stem: { kernel: 7, stride: 2, maxPool: true },
  inputChannels: 3,
  lastGain: 0,
  seed: 0,
};

const RULES = {
  type: oneOf('resnet'),
  name: text,
  block: oneOf('basic', 'bottleneck'),
  blocks: blockCounts,
  width: integerFrom(1),
  stem: fields('ResNet stem', { kernel: integerFrom(1), stride: integerFrom(1), maxPool: flag }),
  inputChannels: integerFrom(1),
  lastGain: finite,
  seed: integer,
};

/**
 * Fills in the defaults.
 *
 * @throws {ConfigError} for an unknown key or a value that cannot be
 */
export function resolveResNetConfig(config: ResNetConfig): ResolvedResNetConfig {
  checkConfig('ResNet', config, RULES);
  const { stem, ...rest } = config;
  return { ...withDefaults(DEFAULTS, rest), stem: withDefaults(DEFAULTS.stem, stem ?? {}) };
}

/** All residual blocks, in order; the last one's `output` is the feature size. */
export function residualBlocks(config: ResolvedResNetConfig): ResidualBlock[] {
  const expansion = config.block === 'bottleneck' ? 4 : 1;
  const result: ResidualBlock[] = [];
  let input = config.width;
  config.blocks.forEach((count, stage) => {
    const width = config.width * 2 ** stage;
    const output = width * expansion;
    for (let index = 0; index < count; index++) {
      const stride = stage > 0 && index === 0 ? 2 : 1;
      const downsample = stride > 1 || input !== output;
      result.push({ name: `layer${stage + 1}.${index}`, input, width, output, stride, downsample });
      input = output;
    }
  });
  return result;
}

/** Every entry of the ResNet's state, in PyTorch's order. */
export function resNetLayout(config: ResolvedResNetConfig): LayoutEntry[] {
  const stem = [
    ...convolutionLayout('conv1', config.width, config.inputChannels, config.stem.kernel),
    ...batchNormLayout('bn1', config.width),
  ];
  return stem.concat(residualBlocks(config).flatMap((block) => blockLayout(block, config)));
}

function blockLayout(block: ResidualBlock, config: ResolvedResNetConfig): LayoutEntry[] {
  const { name, input, width, output } = block;
  const layers =
    config.block === 'basic'
      ? [
          ...convolutionLayout(`${name}.conv1`, width, input, 3),
          ...batchNormLayout(`${name}.bn1`, width),
          ...convolutionLayout(`${name}.conv2`, output, width, 3),
          ...batchNormLayout(`${name}.bn2`, output, config.lastGain),
        ]
      : [
          ...convolutionLayout(`${name}.conv1`, width, input, 1),
          ...batchNormLayout(`${name}.bn1`, width),
          ...convolutionLayout(`${name}.conv2`, width, width, 3),
          ...batchNormLayout(`${name}.bn2`, width),
          ...convolutionLayout(`${name}.conv3`, output, width, 1),
          ...batchNormLayout(`${name}.bn3`, output, config.lastGain),
        ];
  if (!block.downsample) return layers;
  return [
    ...layers,
    ...convolutionLayout(`${name}.downsample.0`, output, input, 1),
    ...batchNormLayout(`${name}.downsample.1`, output),
  ];
}
