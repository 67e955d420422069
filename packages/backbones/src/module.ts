import type * as tf from '@tensorflow/tfjs-core';

/**
 * Something with weights. Names and layouts are PyTorch's (`layer1.0.conv1.weight`, convolutions OIHW, linear
 * layers `[out, in]`), so that a state dictionary maps one to one.
 */
export interface Module {
  /** What the teacher averages, in `stateNames` order. Frozen ones have `trainable === false`. */
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  /** Batch norm's running statistics and counters: never trained, never averaged. */
  readonly buffers: ReadonlyMap<string, tf.Variable>;
  /** Every parameter and buffer, in the order of PyTorch's `state_dict`. */
  readonly stateNames: readonly string[];
  /** Releases every variable; the module cannot be used afterwards. */
  dispose(): void;
}

/** How a backbone is run. */
export interface ForwardOptions {
  /** True: batch statistics, running statistics updated, drop path on. False: evaluation mode. */
  training: boolean;
  /** Key of this call's drop-path draws; needed in training when the drop-path rate is above 0. */
  dropPathSeed?: number;
}

/** An image encoder: images in, one feature vector an image out. */
export interface Backbone extends Module {
  readonly name: string;
  /** Channels an image must have. */
  readonly inputChannels: number;
  /** Columns of what `forward` returns. */
  readonly featureSize: number;
  /** Columns of what `probeFeatures` returns. */
  readonly probeFeatureSize: number;
  /**
   * @param images `[batch, height, width, channels]`, normalised
   * @returns features `[batch, featureSize]`
   * @throws {ImageShapeError} where the images do not fit the backbone
   */
  forward(images: tf.Tensor4D, options: ForwardOptions): tf.Tensor2D;
  /**
   * What linear evaluation reads, in evaluation mode: the pooled features of a ResNet, the CLS tokens of the
   * last four blocks of a ViT.
   *
   * @returns `[batch, probeFeatureSize]`
   */
  probeFeatures(images: tf.Tensor4D): tf.Tensor2D;
}

/** The parameters an optimiser moves: all but the frozen ones. */
export function trainableParameters(module: Module): Map<string, tf.Variable> {
  return new Map([...module.parameters].filter(([, variable]) => variable.trainable));
}
