import { batchNorm, batchNormInference } from '@excb/ops';
import * as tf from '@tensorflow/tfjs-core';
import { SingleValueBatchError } from './single-value-batch-error.ts';
import type { VariableStore } from './variable-store.ts';

/** Weight of a new batch in the running statistics. */
const MOMENTUM = 0.1;
const EPSILON = 1e-5;

/**
 * Batch norm over the last axis. In training it uses the batch's own statistics and moves the running ones,
 * whose variance is the unbiased one; in evaluation it uses the running ones.
 *
 * @throws {SingleValueBatchError} in training, when there is one value a channel: its variance is undefined
 */
export function normaliseBatch<T extends tf.Tensor>(
  store: VariableStore,
  name: string,
  x: T,
  training: boolean,
): T {
  const gain = store.tensor<tf.Tensor1D>(`${name}.weight`);
  const bias = store.tensor<tf.Tensor1D>(`${name}.bias`);
  const mean = store.get(`${name}.running_mean`);
  const variance = store.get(`${name}.running_var`);
  if (!training) {
    const [still, spread] = [mean, variance] as unknown as tf.Tensor1D[];
    return batchNormInference(x, gain, bias, still, spread, EPSILON) as T;
  }
  if (x.size <= x.shape[x.shape.length - 1]) throw new SingleValueBatchError(name, x.shape);
  return batchNorm(x, gain, bias, {
    epsilon: EPSILON,
    onStatistics: (batchMean, batchVariance, count) => {
      const unbiased = tf.mul(batchVariance, count / (count - 1));
      follow(mean, batchMean);
      follow(variance, unbiased);
      const counter = store.get(`${name}.num_batches_tracked`);
      counter.assign(tf.add(counter, tf.scalar(1, 'int32')));
    },
  }) as T;
}

function follow(running: tf.Variable, batch: tf.Tensor): void {
  running.assign(tf.add(tf.mul(running, 1 - MOMENTUM), tf.mul(batch, MOMENTUM)));
}
