import * as tf from '@tensorflow/tfjs-core';

/** The teacher's projections of past batches, the newest first: what Sinkhorn-Knopp assigns small batches together with. */
export interface EmbeddingQueue {
  /** `[size, bottleneck]`, unit rows; those that were not filled yet are 0. */
  readonly embeddings: tf.Variable<tf.Rank.R2>;
  /** Rows that are filled. It is used once all are. */
  filled: number;
  readonly full: boolean;
  /** Puts `projections` `[rows, bottleneck]` in front; the oldest rows leave. */
  push(projections: tf.Tensor2D): void;
  dispose(): void;
}

/** An empty queue of `size` projections. */
export function createEmbeddingQueue(size: number, bottleneck: number): EmbeddingQueue {
  const embeddings = tf.tidy(() =>
    tf.variable(tf.zeros([size, bottleneck]), false),
  ) as tf.Variable<tf.Rank.R2>;
  return {
    embeddings,
    filled: 0,
    get full() {
      return this.filled === size;
    },
    push(projections) {
      tf.tidy(() => {
        const rows = Math.min(size, projections.shape[0]);
        const newest = tf.slice2d(projections, [0, 0], [rows, -1]);
        const kept = () => tf.slice2d(embeddings as tf.Tensor2D, [0, 0], [size - rows, -1]);
        embeddings.assign(rows === size ? newest : tf.concat2d([newest, kept()], 0));
      });
      this.filled = Math.min(size, this.filled + projections.shape[0]);
    },
    dispose: () => embeddings.dispose(),
  };
}
