import * as tf from '@tensorflow/tfjs-core';
import { numberedStream, uniform } from './random-stream.ts';

/** Drop-path rate of every block: linear from 0 to `rate` over the depth. */
export function dropPathRates(depth: number, rate: number): number[] {
  return Array.from({ length: depth }, (_, block) => (depth > 1 ? (rate * block) / (depth - 1) : 0));
}

/** One uniform draw in [0, 1) a sample, a function of the seed and the numbers of block and branch. */
export function dropPathDraws(seed: number, block: number, branch: number, samples: number): Float32Array {
  const stream = numberedStream(seed, block, branch);
  return Float32Array.from({ length: samples }, (_, sample) => uniform(stream, sample));
}

/**
 * Stochastic depth (Huang et al. 2016): a sample's branch is left out where floor(1 − rate + draw) is 0; kept
 * ones are divided by 1 − rate.
 *
 * @param branch `[samples, …]`
 * @param draws one a sample, in [0, 1)
 */
export function dropPath<T extends tf.Tensor>(branch: T, rate: number, draws: Float32Array): T {
  if (rate === 0) return branch;
  const keep = 1 - rate;
  const factors = draws.map((draw) => Math.floor(Math.fround(keep + draw)) / keep);
  const shape = [branch.shape[0], ...branch.shape.slice(1).map(() => 1)];
  return tf.tidy(() => tf.mul(branch, tf.tensor(factors, shape, 'float32')));
}
