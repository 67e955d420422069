import { linear } from '@excb/ops';
import * as tf from '@tensorflow/tfjs-core';
import { adaptivePoolMatrix } from './adaptive-pool.ts';
import { checkConfig, integer, integerFrom, oneOf, text, withDefaults } from './config-check.ts';
import { checkImages } from './image-shape-error.ts';
import type { LayoutEntry } from './layout.ts';
import type { Backbone, ForwardOptions } from './module.ts';
import { VariableStore } from './variable-store.ts';

/** Settings of the linear backbone: the smallest encoder that takes images of any size. */
export interface LinearConfig {
  type: 'linear';
  /** For messages and reports; default 'linear'. */
  name?: string;
  /** Images are averaged down to this many cells along each side. */
  poolGrid: number;
  /** Features an image. */
  outputSize: number;
  /** Default 3. */
  inputChannels?: number;
  /** Same seed, same weights; default 0. */
  seed?: number;
}

/** A linear backbone's configuration with every default filled in. */
export type ResolvedLinearConfig = Required<LinearConfig>;

const RULES = {
  type: oneOf('linear'),
  name: text,
  poolGrid: integerFrom(1),
  outputSize: integerFrom(1),
  inputChannels: integerFrom(1),
  seed: integer,
};

/**
 * Fills in the defaults.
 *
 * @throws {ConfigError} for an unknown key, a missing one or a value that cannot be
 */
export function resolveLinearConfig(config: LinearConfig): ResolvedLinearConfig {
  checkConfig('linear backbone', config, RULES, ['poolGrid', 'outputSize']);
  const { poolGrid, outputSize } = config;
  const defaults = { type: 'linear', name: 'linear', inputChannels: 3, seed: 0 } as const;
  return withDefaults<ResolvedLinearConfig>({ ...defaults, poolGrid, outputSize }, config);
}

/** `fc.weight` `[outputSize, channels·grid·grid]` and `fc.bias`, uniform in ±1/√inputs as PyTorch's default. */
export function linearBackboneLayout(config: ResolvedLinearConfig): LayoutEntry[] {
  const inputs = config.inputChannels * config.poolGrid ** 2;
  const initial = { kind: 'uniform', bound: 1 / Math.sqrt(inputs) } as const;
  return [
    { name: 'fc.weight', shape: [config.outputSize, inputs], role: 'parameter', initial },
    { name: 'fc.bias', shape: [config.outputSize], role: 'parameter', initial },
  ];
}

/** Adaptive average pool to a grid, flattened channel by channel, then one linear layer. */
export class LinearBackbone implements Backbone {
  readonly name: string;
  readonly config: ResolvedLinearConfig;
  readonly inputChannels: number;
  readonly featureSize: number;
  readonly probeFeatureSize: number;
  private readonly store: VariableStore;
  private readonly poolMatrices = new Map<string, Float32Array>();

  constructor(config: LinearConfig) {
    this.config = resolveLinearConfig(config);
    this.name = this.config.name;
    this.inputChannels = this.config.inputChannels;
    this.featureSize = this.config.outputSize;
    this.probeFeatureSize = this.featureSize;
    this.store = new VariableStore(linearBackboneLayout(this.config), this.config.seed);
  }

  get parameters(): ReadonlyMap<string, tf.Variable> {
    return this.store.parameters;
  }

  get buffers(): ReadonlyMap<string, tf.Variable> {
    return this.store.buffers;
  }

  get stateNames(): readonly string[] {
    return this.store.stateNames;
  }

  dispose(): void {
    this.store.dispose();
  }

  forward(images: tf.Tensor4D, _options: ForwardOptions): tf.Tensor2D {
    checkImages(this.name, images.shape, this.inputChannels, 1);
    return tf.tidy(() => {
      const [batch, height, width, channels] = images.shape;
      const cells = this.config.poolGrid ** 2;
      const planes = tf.reshape(tf.transpose(images, [0, 3, 1, 2]), [batch * channels, height * width]);
      const matrix = tf.tensor2d(this.poolMatrix(height, width), [height * width, cells]);
      const flat = tf.reshape(tf.matMul(planes as tf.Tensor2D, matrix), [batch, channels * cells]);
      const weight = this.store.tensor<tf.Tensor2D>('fc.weight');
      return linear(flat, weight, this.store.tensor<tf.Tensor1D>('fc.bias')) as tf.Tensor2D;
    });
  }

  probeFeatures(images: tf.Tensor4D): tf.Tensor2D {
    return this.forward(images, { training: false });
  }

  private poolMatrix(height: number, width: number): Float32Array {
    const key = `${height}×${width}`;
    let matrix = this.poolMatrices.get(key);
    if (!matrix) {
      matrix = adaptivePoolMatrix(height, width, this.config.poolGrid);
      this.poolMatrices.set(key, matrix);
    }
    return matrix;
  }
}
