import * as tf from '@tensorflow/tfjs-core';

/** Some consecutive rows of a stack of embeddings. */
export interface RowRange {
  start: number;
  rows: number;
}

/**
 * Dot products of all embeddings with all centroids. Every row gets its gradient; the centroids get theirs from
 * the rows in `teaching` only. One matrix product, where stop-gradients would need one for each part and a copy.
 *
 * @param embeddings `[rows, D]`
 * @param centroids `[K, D]`
 * @param teaching disjoint row ranges that give the centroids gradient
 * @returns `[rows, K]`
 */
export function centroidSimilarities(
  embeddings: tf.Tensor2D,
  centroids: tf.Tensor2D,
  teaching: readonly RowRange[],
): tf.Tensor2D {
  const product = tf.customGrad((...inputs: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [x, c] = inputs as tf.Tensor2D[];
    const save = inputs[2] as tf.GradSaveFunc;
    save([x, c]);
    return {
      value: tf.matMul(x, c, false, true),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [rows, weights] = saved as tf.Tensor2D[];
        return [
          tf.matMul(dy as tf.Tensor2D, weights),
          centroidGradient(dy as tf.Tensor2D, rows, weights, teaching),
        ];
      },
    };
  });
  return product(embeddings, centroids) as tf.Tensor2D;
}

function centroidGradient(
  dy: tf.Tensor2D,
  embeddings: tf.Tensor2D,
  centroids: tf.Tensor2D,
  teaching: readonly RowRange[],
): tf.Tensor2D {
  const parts = teaching.map(({ start, rows }) =>
    tf.matMul(
      tf.slice(dy, [start, 0], [rows, dy.shape[1]]),
      tf.slice(embeddings, [start, 0], [rows, embeddings.shape[1]]),
      true,
      false,
    ),
  );
  return parts.length === 0 ? tf.zerosLike(centroids) : (tf.addN(parts) as tf.Tensor2D);
}
