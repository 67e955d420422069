import type { Backbone, Head, HeadOutput } from '@excb/backbones';
import * as tf from '@tensorflow/tfjs-core';

/** A backbone with its head: what the student and the teacher each are. */
export interface Network {
  readonly backbone: Backbone;
  readonly head: Head;
  /** Every parameter by its checkpoint name: `backbone.…` and `classifier.…`. */
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  /** The parameters that an optimiser may move: all but the frozen `weight_g`. */
  readonly trainable: ReadonlyMap<string, tf.Variable>;
  /** BatchNorm statistics. */
  readonly buffers: ReadonlyMap<string, tf.Variable>;
  dispose(): void;
}

/** The names the authors' checkpoints use. */
const BACKBONE = 'backbone.';
const HEAD = 'classifier.';

/** Joins a backbone and a head whose input is the backbone's feature size. */
export function createNetwork(backbone: Backbone, head: Head): Network {
  const joined = (own: ReadonlyMap<string, tf.Variable>, others: ReadonlyMap<string, tf.Variable>) =>
    new Map([
      ...[...own].map(([name, value]) => [BACKBONE + name, value] as const),
      ...[...others].map(([name, value]) => [HEAD + name, value] as const),
    ]);
  const parameters = joined(backbone.parameters, head.parameters);
  return {
    backbone,
    head,
    parameters,
    trainable: new Map([...parameters].filter(([, value]) => value.trainable)),
    buffers: joined(backbone.buffers, head.buffers),
    dispose() {
      backbone.dispose();
      head.dispose();
    },
  };
}

/** Global and local views of a batch as tensors, `[rows, h, w, 3]`, view-major. */
export interface ViewTensors {
  globals: tf.Tensor4D;
  locals: tf.Tensor4D | undefined;
}

/**
 * The teacher on the global views, in training mode: its own BatchNorm statistics move.
 *
 * @returns similarities `[globals·B, K]` and projections `[globals·B, bottleneck]`
 */
export function teacherOutput(teacher: Network, views: ViewTensors): HeadOutput {
  return tf.tidy(() => {
    const features = teacher.backbone.forward(views.globals, { training: true });
    return { ...teacher.head.forward(features, undefined, { training: true, predictor: false }) };
  });
}

/**
 * The student on all views.
 *
 * @returns similarities `[studentViews·B, K]`: direct of all views, then the predictor's of all views
 */
export function studentSimilarities(
  student: Network,
  views: ViewTensors,
  options: { predictor: boolean; dropPathSeed: number },
): tf.Tensor2D {
  return tf.tidy(() => {
    const run = (images: tf.Tensor4D, seed: number) =>
      student.backbone.forward(images, { training: true, dropPathSeed: seed });
    const globals = run(views.globals, options.dropPathSeed);
    const locals = views.locals && run(views.locals, options.dropPathSeed + 1);
    return student.head.forward(globals, locals, { training: true, predictor: options.predictor })
      .similarities;
  });
}
