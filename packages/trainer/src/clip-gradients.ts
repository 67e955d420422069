import * as tf from '@tensorflow/tfjs-core';

/**
 * Each gradient on its own is multiplied by clip/(norm + 1e-6) where that is below 1 (not a global norm).
 * Source: method §5.
 *
 * @returns new tensors: the clipped gradients, and each one's L2 norm from before, as a scalar
 */
export function clipGradients(
  gradients: ReadonlyMap<string, tf.Tensor>,
  clip: number,
): { clipped: Map<string, tf.Tensor>; norms: Map<string, tf.Scalar> } {
  const clipped = new Map<string, tf.Tensor>();
  const norms = new Map<string, tf.Scalar>();
  for (const [name, gradient] of gradients) {
    const [scaled, norm] = tf.tidy(() => {
      const length = tf.norm(gradient) as tf.Scalar;
      const factor = tf.minimum(tf.div(clip, tf.add(length, 1e-6)), 1);
      return [tf.mul(gradient, factor), length];
    });
    clipped.set(name, scaled);
    norms.set(name, norm as tf.Scalar);
  }
  return { clipped, norms };
}
