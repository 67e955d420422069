import { gelu, l2Normalise, layerNorm, linear, relu } from '@excb/ops';
import * as tf from '@tensorflow/tfjs-core';
import { normaliseBatch } from './batch-norm.ts';
import { centroidSimilarities, type RowRange } from './centroid-similarities.ts';
import { ConfigError } from './config-error.ts';
import { FeatureShapeError } from './feature-shape-error.ts';
import {
  type HeadConfig,
  headLayout,
  mlpLayers,
  type ResolvedHeadConfig,
  resolveHeadConfig,
} from './head-layout.ts';
import type { Module } from './module.ts';
import { VariableStore } from './variable-store.ts';

const LAYER_NORM_EPSILON = 1e-5;

/** How a head is run. */
export interface HeadOptions {
  /** Batch statistics and moving running statistics, or the running ones as they are. */
  training: boolean;
  /** Whether the predictor runs: true for the student, false for the teacher. */
  predictor: boolean;
}

/** What a head gives back. */
export interface HeadOutput {
  /**
   * Cosine similarities to the centroids `[rows, K]`: direct global rows, direct local rows and, with the
   * predictor, predicted global rows and predicted local rows.
   */
  similarities: tf.Tensor2D;
  /**
   * Unit-length rows `[global + local, D]`: of the projector's output or, with the predictor, of what entered
   * the predictor (after the predictor activation).
   */
  projections: tf.Tensor2D;
}

/** Projector, predictor and centroid layer (method.md §1), with the gradient rules for the centroids. */
export class Head implements Module {
  readonly config: ResolvedHeadConfig;
  private readonly store: VariableStore;

  constructor(config: HeadConfig) {
    this.config = resolveHeadConfig(config);
    this.store = new VariableStore(headLayout(this.config), this.config.seed);
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
   * One pass over all rows, so that batch statistics are over global and local rows together.
   *
   * @param global features of the global views `[rows, inputSize]`, view-major
   * @param local features of the local views, where there are any
   * @throws {FeatureShapeError} for features of another width
   * @throws {ConfigError} when the predictor is asked for and the head has none
   */
  forward(global: tf.Tensor2D, local: tf.Tensor2D | undefined, options: HeadOptions): HeadOutput {
    if (options.predictor && !this.config.predictor) {
      throw new ConfigError(
        'head: forward was asked for the predictor, but the head has none: pass predictor: true',
      );
    }
    this.checkFeatures(global.shape);
    if (local) this.checkFeatures(local.shape);
    return tf.tidy(() => {
      const features = local ? (tf.concat([global, local], 0) as tf.Tensor2D) : global;
      const projected = this.runMlp('projector', features, options.training);
      const direct = l2Normalise(projected) as tf.Tensor2D;
      const ranges = this.teachingRows(global.shape[0], local?.shape[0] ?? 0, options.predictor);
      if (!options.predictor) {
        return { similarities: centroidSimilarities(direct, this.centroids(), ranges), projections: direct };
      }
      const activated = this.activate(projected, options.training);
      const predicted = l2Normalise(this.runMlp('predictor', activated, options.training));
      const rows = tf.concat([direct, predicted as tf.Tensor2D], 0) as tf.Tensor2D;
      return {
        similarities: centroidSimilarities(rows, this.centroids(), ranges),
        projections: l2Normalise(activated) as tf.Tensor2D,
      };
    });
  }

  /** The projector's output as it is, not of unit length: `[rows, bottleneck]`. */
  project(features: tf.Tensor2D, options: { training: boolean }): tf.Tensor2D {
    this.checkFeatures(features.shape);
    return tf.tidy(() => this.runMlp('projector', features, options.training));
  }

  /** Cosines of `projections` `[rows, bottleneck]`, unit rows, with every centroid: `[rows, K]`. */
  similarities(projections: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => centroidSimilarities(projections, this.centroids(), []));
  }

  /** Which rows of the stack teach the centroids: the direct global ones, and others as configured. */
  private teachingRows(global: number, local: number, predictor: boolean): RowRange[] {
    const { localCropGradients, predictorGradients } = this.config;
    const views = global + local;
    const direct = { start: 0, rows: localCropGradients ? views : global };
    if (!predictor || !predictorGradients) return [direct];
    // The predictor's local rows follow the predictor's rule alone.
    return [direct, { start: views, rows: views }];
  }

  /** The centroids `[K, bottleneck]`, each divided by its own length. */
  private centroids(): tf.Tensor2D {
    const directions = l2Normalise(this.store.tensor<tf.Tensor2D>('centroid_layer.weight_v'));
    return tf.mul(directions, this.store.tensor<tf.Tensor2D>('centroid_layer.weight_g')) as tf.Tensor2D;
  }

  private activate(x: tf.Tensor2D, training: boolean): tf.Tensor2D {
    const { predictorActivation } = this.config;
    if (predictorActivation === 'none') return x;
    if (predictorActivation === 'bn') return normaliseBatch(this.store, 'predictor_activation', x, training);
    const gain = this.store.tensor<tf.Tensor1D>('predictor_activation.weight');
    const bias = this.store.tensor<tf.Tensor1D>('predictor_activation.bias');
    return layerNorm(x, gain, bias, LAYER_NORM_EPSILON) as tf.Tensor2D;
  }

  private runMlp(part: 'projector' | 'predictor', input: tf.Tensor2D, training: boolean): tf.Tensor2D {
    let x = input;
    for (const layer of mlpLayers(part, this.config)) {
      const weight = this.store.tensor<tf.Tensor2D>(`${layer.linear}.weight`);
      x = linear(x, weight, this.store.tensor<tf.Tensor1D>(`${layer.linear}.bias`)) as tf.Tensor2D;
      if (layer.norm) x = normaliseBatch(this.store, layer.norm, x, training);
      if (layer.hidden) x = (this.config.activation === 'relu' ? relu(x) : gelu(x)) as tf.Tensor2D;
    }
    return x;
  }

  private checkFeatures(shape: readonly number[]): void {
    if (shape.length !== 2 || shape[1] !== this.config.inputSize) {
      throw new FeatureShapeError(shape, this.config.inputSize);
    }
  }
}

/**
 * Makes a head with freshly drawn weights.
 *
 * @throws {ConfigError} for an unknown key or a value that cannot be
 */
export function createHead(config: HeadConfig): Head {
  return new Head(config);
}
