import { linear } from '@excb/ops';
import * as tf from '@tensorflow/tfjs-core';
import type { VariableStore } from './variable-store.ts';

/** What self-attention gives: its output `[B, N, D]` and the weights `[B, heads, N, N]`. */
export interface AttentionResult {
  output: tf.Tensor3D;
  weights: tf.Tensor4D;
}

/** Multi-head self-attention over tokens `[B, N, D]` with the entries `<name>.qkv` and `<name>.proj`. */
export function selfAttention(
  store: VariableStore,
  name: string,
  tokens: tf.Tensor3D,
  heads: number,
  bias: boolean,
): AttentionResult {
  const [batch, count, size] = tokens.shape;
  const width = size / heads;
  const qkv = linear(
    tokens,
    store.tensor<tf.Tensor2D>(`${name}.qkv.weight`),
    bias ? store.tensor<tf.Tensor1D>(`${name}.qkv.bias`) : undefined,
  );
  // Along the last axis: q of every head, then k of every head, then v of every head.
  const byHead = tf.transpose(tf.reshape(qkv, [batch, count, 3 * heads, width]), [0, 2, 1, 3]);
  const [q, k, v] = tf.split(byHead, 3, 1) as tf.Tensor4D[];
  const weights = tf.softmax(tf.matMul(tf.mul(q, width ** -0.5), k, false, true)) as tf.Tensor4D;
  const mixed = tf.reshape(tf.transpose(tf.matMul(weights, v), [0, 2, 1, 3]), [batch, count, size]);
  const output = linear(
    mixed,
    store.tensor<tf.Tensor2D>(`${name}.proj.weight`),
    store.tensor<tf.Tensor1D>(`${name}.proj.bias`),
  ) as tf.Tensor3D;
  return { output, weights };
}
