import { gelu, layerNorm, linear } from '@excb/ops';
import * as tf from '@tensorflow/tfjs-core';
import { selfAttention } from './attention.ts';
import { ConfigError } from './config-error.ts';
import { dropPath, dropPathDraws, dropPathRates } from './drop-path.ts';
import { checkImages } from './image-shape-error.ts';
import type { Backbone, ForwardOptions } from './module.ts';
import { positionResizeMatrix } from './position-embedding.ts';
import { VariableStore } from './variable-store.ts';
import {
  nativeGrid,
  type ResolvedVitConfig,
  resolveVitConfig,
  type VitConfig,
  vitLayout,
} from './vit-layout.ts';

/** CLS tokens that linear evaluation reads: those of the last four blocks. */
const PROBE_BLOCKS = 4;

/** A vision transformer in DINO's layout: pre-norm blocks, exact GELU, the CLS token after the final norm. */
export class Vit implements Backbone {
  readonly name: string;
  readonly config: ResolvedVitConfig;
  readonly inputChannels: number;
  readonly featureSize: number;
  readonly probeFeatureSize: number;
  private readonly store: VariableStore;
  private readonly dropPathRates: number[];
  private readonly resizeMatrices = new Map<string, Float32Array>();

  constructor(config: VitConfig) {
    this.config = resolveVitConfig(config);
    this.name = this.config.name;
    this.inputChannels = this.config.inputChannels;
    this.featureSize = this.config.embedDim;
    this.probeFeatureSize = Math.min(PROBE_BLOCKS, this.config.depth) * this.config.embedDim;
    this.dropPathRates = dropPathRates(this.config.depth, this.config.dropPath);
    this.store = new VariableStore(vitLayout(this.config), this.config.seed);
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

  /**
   * @throws {ConfigError} in training without a `dropPathSeed`, where the drop-path rate is above 0
   * @throws {ImageShapeError} where the images do not fit
   */
  forward(images: tf.Tensor4D, options: ForwardOptions): tf.Tensor2D {
    if (options.training && this.config.dropPath > 0 && options.dropPathSeed === undefined) {
      throw new ConfigError(
        `${this.name}: dropPath is ${this.config.dropPath}, but forward got no dropPathSeed: pass one that ` +
          'changes with every step, or make the backbone with dropPath: 0',
      );
    }
    const seed = options.training ? options.dropPathSeed : undefined;
    return tf.tidy(() => {
      const outputs = this.runBlocks(this.embed(images), seed);
      return this.classFeatures(outputs[outputs.length - 1]);
    });
  }

  probeFeatures(images: tf.Tensor4D): tf.Tensor2D {
    return this.lastFeatures(images, Math.min(PROBE_BLOCKS, this.config.depth));
  }

  /** CLS tokens of the last `count` blocks after the final norm, side by side, the oldest first: `[B, count·D]`. */
  lastFeatures(images: tf.Tensor4D, count: number): tf.Tensor2D {
    this.checkCount(count);
    return tf.tidy(() => {
      const layers = this.runBlocks(this.embed(images), undefined).slice(-count);
      return tf.concat(
        layers.map((tokens) => this.classFeatures(tokens)),
        1,
      );
    });
  }

  /** All tokens `[B, N + 1, D]` of the last `count` blocks after the final norm, the oldest first. */
  intermediateLayers(images: tf.Tensor4D, count: number): tf.Tensor3D[] {
    this.checkCount(count);
    return tf.tidy(() =>
      this.runBlocks(this.embed(images), undefined)
        .slice(-count)
        .map((tokens) => this.norm('norm', tokens)),
    );
  }

  /** All tokens `[B, N + 1, D]` after each block, before the final norm; evaluation mode. */
  blockOutputs(images: tf.Tensor4D): tf.Tensor3D[] {
    return tf.tidy(() => this.runBlocks(this.embed(images), undefined));
  }

  /** Attention weights of the last block `[B, heads, N + 1, N + 1]`, rows summing to 1; evaluation mode. */
  lastSelfAttention(images: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => {
      let tokens = this.embed(images);
      const last = this.config.depth - 1;
      for (let i = 0; i < last; i++) tokens = this.runBlock(i, tokens, undefined);
      return this.attend(last, tokens).weights;
    });
  }

  /** The tokens that enter the first block: CLS and patches plus their positions, `[B, N + 1, D]`. */
  prepareTokens(images: tf.Tensor4D): tf.Tensor3D {
    return tf.tidy(() => this.embed(images));
  }

  /**
   * The position embedding `[1, N + 1, D]` for images of that many pixels. A square image with the native
   * number of patches takes it as it is; others take a bicubic resize of the patches' part.
   */
  positionEmbedding(height: number, width: number): tf.Tensor3D {
    return tf.tidy(() => tf.clone(this.positions(height, width)));
  }

  private positions(height: number, width: number): tf.Tensor3D {
    const embedding = this.store.tensor<tf.Tensor3D>('pos_embed');
    const { patchSize, embedDim } = this.config;
    const side = nativeGrid(this.config);
    const [rows, columns] = [height, width].map((pixels) => Math.floor(pixels / patchSize));
    if (rows * columns === side * side && height === width) return embedding;
    const [cls, patches] = tf.split(embedding, [1, side * side], 1);
    const matrix = tf.tensor2d(this.resizeMatrix(side, rows, columns), [rows * columns, side * side]);
    const resized = tf.matMul(matrix, tf.reshape(patches, [side * side, embedDim]) as tf.Tensor2D);
    return tf.concat([cls, tf.reshape(resized, [1, rows * columns, embedDim])], 1) as tf.Tensor3D;
  }

  private resizeMatrix(side: number, rows: number, columns: number): Float32Array {
    const key = `${rows}×${columns}`;
    let matrix = this.resizeMatrices.get(key);
    if (!matrix) {
      matrix = positionResizeMatrix(side, rows, columns);
      this.resizeMatrices.set(key, matrix);
    }
    return matrix;
  }

  private embed(images: tf.Tensor4D): tf.Tensor3D {
    checkImages(this.name, images.shape, this.inputChannels, this.config.patchSize);
    const [batch, height, width] = images.shape;
    const patches = this.embedPatches(images);
    // Broadcasting by an addition: its gradient is one sum, that of a tile a slice for every image.
    const cls = tf.add(tf.zeros([batch, 1, this.config.embedDim]), this.store.get('cls_token'));
    return tf.add(tf.concat([cls, patches], 1), this.positions(height, width)) as tf.Tensor3D;
  }

  /** A convolution whose stride is its kernel, as one matrix product: `[B, patches, D]`. */
  private embedPatches(images: tf.Tensor4D): tf.Tensor3D {
    const { patchSize: p, embedDim, inputChannels: channels } = this.config;
    const [batch, height, width] = images.shape;
    const rows = Math.floor(height / p);
    const columns = Math.floor(width / p);
    const whole =
      rows * p === height && columns * p === width
        ? images
        : tf.slice(images, [0, 0, 0, 0], [batch, rows * p, columns * p, channels]);
    const lines = tf.reshape(whole, [batch * rows, p, columns, p * channels]);
    const patches = tf.reshape(tf.transpose(lines, [0, 2, 1, 3]), [batch, rows * columns, p * p * channels]);
    const weight = tf.transpose(this.store.tensor<tf.Tensor4D>('patch_embed.proj.weight'), [0, 2, 3, 1]);
    const bias = this.store.tensor<tf.Tensor1D>('patch_embed.proj.bias');
    return linear(
      patches,
      tf.reshape(weight, [embedDim, p * p * channels]) as tf.Tensor2D,
      bias,
    ) as tf.Tensor3D;
  }

  private runBlocks(tokens: tf.Tensor3D, seed: number | undefined): tf.Tensor3D[] {
    const outputs: tf.Tensor3D[] = [];
    let x = tokens;
    for (let i = 0; i < this.config.depth; i++) {
      x = this.runBlock(i, x, seed);
      outputs.push(x);
    }
    return outputs;
  }

  private runBlock(index: number, tokens: tf.Tensor3D, seed: number | undefined): tf.Tensor3D {
    const thinned = (branch: tf.Tensor3D, number: number) =>
      seed === undefined
        ? branch
        : dropPath(branch, this.dropPathRates[index], dropPathDraws(seed, index, number, branch.shape[0]));
    const attended = tf.add(tokens, thinned(this.attend(index, tokens).output, 0)) as tf.Tensor3D;
    const mlp = `blocks.${index}.mlp`;
    const hidden = gelu(this.linear(`${mlp}.fc1`, this.norm(`blocks.${index}.norm2`, attended)));
    return tf.add(attended, thinned(this.linear(`${mlp}.fc2`, hidden), 1));
  }

  private attend(index: number, tokens: tf.Tensor3D) {
    const normed = this.norm(`blocks.${index}.norm1`, tokens);
    return selfAttention(this.store, `blocks.${index}.attn`, normed, this.config.heads, this.config.qkvBias);
  }

  private classFeatures(tokens: tf.Tensor3D): tf.Tensor2D {
    const [batch, , size] = tokens.shape;
    const cls = this.norm('norm', tf.slice(tokens, [0, 0, 0], [batch, 1, size]));
    return tf.reshape(cls, [batch, size]);
  }

  private checkCount(count: number): void {
    const { depth } = this.config;
    if (Number.isSafeInteger(count) && count >= 1 && count <= depth) return;
    throw new ConfigError(
      `${this.name} has ${depth} blocks, but the last ${count} were asked for: pass 1 to ${depth}`,
    );
  }

  private norm(name: string, x: tf.Tensor3D): tf.Tensor3D {
    const gain = this.store.tensor<tf.Tensor1D>(`${name}.weight`);
    const bias = this.store.tensor<tf.Tensor1D>(`${name}.bias`);
    return layerNorm(x, gain, bias, this.config.layerNormEpsilon) as tf.Tensor3D;
  }

  private linear(name: string, x: tf.Tensor3D): tf.Tensor3D {
    const weight = this.store.tensor<tf.Tensor2D>(`${name}.weight`);
    return linear(x, weight, this.store.tensor<tf.Tensor1D>(`${name}.bias`)) as tf.Tensor3D;
  }
}

/**
 * Makes a ViT with freshly drawn weights.
 *
 * @throws {ConfigError} for an unknown key or a value that cannot be
 */
export function createVit(config: Omit<VitConfig, 'type'> & { type?: 'vit' }): Vit {
  return new Vit({ ...config, type: 'vit' });
}
