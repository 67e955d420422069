import { conv2d, globalAveragePool, maxPool, relu } from '@excb/ops';
import * as tf from '@tensorflow/tfjs-core';
import { normaliseBatch } from './batch-norm.ts';
import { checkImages } from './image-shape-error.ts';
import type { Backbone, ForwardOptions } from './module.ts';
import {
  type ResidualBlock,
  type ResNetConfig,
  type ResolvedResNetConfig,
  residualBlocks,
  resNetLayout,
  resolveResNetConfig,
} from './resnet-layout.ts';
import { VariableStore } from './variable-store.ts';

/** A ResNet (He et al. 2016) in torchvision's v1.5 layout: the stride sits in the 3×3 of a bottleneck. */
export class ResNet implements Backbone {
  readonly name: string;
  readonly config: ResolvedResNetConfig;
  readonly inputChannels: number;
  readonly featureSize: number;
  readonly probeFeatureSize: number;
  private readonly store: VariableStore;
  private readonly blocks: ResidualBlock[];

  constructor(config: ResNetConfig) {
    this.config = resolveResNetConfig(config);
    this.name = this.config.name;
    this.inputChannels = this.config.inputChannels;
    this.blocks = residualBlocks(this.config);
    this.featureSize = this.blocks[this.blocks.length - 1].output;
    this.probeFeatureSize = this.featureSize;
    this.store = new VariableStore(resNetLayout(this.config), this.config.seed);
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

  forward(images: tf.Tensor4D, options: ForwardOptions): tf.Tensor2D {
    return tf.tidy(() => this.run(images, options.training, () => {}));
  }

  probeFeatures(images: tf.Tensor4D): tf.Tensor2D {
    return this.forward(images, { training: false });
  }

  /**
   * The activations on the way, NHWC: `conv1`, `bn1` (before its ReLU), `maxpool` (where the stem has one),
   * `layer1` … after the last ReLU of each stage, and `avgpool` (`[batch, featureSize]`).
   */
  stages(images: tf.Tensor4D, options: ForwardOptions): Record<string, tf.Tensor> {
    return tf.tidy(() => {
      const seen: Record<string, tf.Tensor> = {};
      this.run(images, options.training, (name, activation) => {
        seen[name] = activation;
      });
      return seen;
    });
  }

  private run(
    images: tf.Tensor4D,
    training: boolean,
    see: (name: string, activation: tf.Tensor) => void,
  ): tf.Tensor2D {
    checkImages(this.name, images.shape, this.inputChannels, 1);
    let x = this.convolve('conv1', images, this.config.stem.stride);
    see('conv1', x);
    x = normaliseBatch(this.store, 'bn1', x, training);
    see('bn1', x);
    x = relu(x);
    if (this.config.stem.maxPool) {
      x = maxPool(x, { size: 3, stride: 2, padding: 1 });
      see('maxpool', x);
    }
    this.blocks.forEach((block, i) => {
      x = this.runBlock(block, x, training);
      const stage = block.name.split('.')[0];
      if (!this.blocks[i + 1]?.name.startsWith(`${stage}.`)) see(stage, x);
    });
    const pooled = globalAveragePool(x);
    see('avgpool', pooled);
    return pooled;
  }

  private runBlock(block: ResidualBlock, input: tf.Tensor4D, training: boolean): tf.Tensor4D {
    const { name } = block;
    const norm = (layer: string, x: tf.Tensor4D) =>
      normaliseBatch(this.store, `${name}.${layer}`, x, training);
    let x: tf.Tensor4D;
    if (this.config.block === 'basic') {
      x = relu(norm('bn1', this.convolve(`${name}.conv1`, input, block.stride)));
      x = norm('bn2', this.convolve(`${name}.conv2`, x, 1));
    } else {
      x = relu(norm('bn1', this.convolve(`${name}.conv1`, input, 1)));
      x = relu(norm('bn2', this.convolve(`${name}.conv2`, x, block.stride)));
      x = norm('bn3', this.convolve(`${name}.conv3`, x, 1));
    }
    const shortcut = block.downsample
      ? norm('downsample.1', this.convolve(`${name}.downsample.0`, input, block.stride))
      : input;
    return relu(tf.add(x, shortcut));
  }

  /** A convolution padded so that stride 1 keeps the side (odd kernels). */
  private convolve(name: string, x: tf.Tensor4D, stride: number): tf.Tensor4D {
    const weight = this.store.tensor<tf.Tensor4D>(`${name}.weight`);
    return conv2d(x, weight, { stride, padding: (weight.shape[2] - 1) >> 1 });
  }
}

/**
 * Makes a ResNet with freshly drawn weights.
 *
 * @throws {ConfigError} for an unknown key or a value that cannot be
 */
export function createResNet(config: Omit<ResNetConfig, 'type'> & { type?: 'resnet' }): ResNet {
  return new ResNet({ ...config, type: 'resnet' });
}
