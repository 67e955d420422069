import { add, mul, rsqrt, sub, type Tensor, type Tensor1D, tidy } from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors/shape-error.ts';
import { KERNELS } from '../kernels/kernel-names.ts';
import { runOwnKernel } from './run-own-kernel.ts';

/** Settings of `batchNorm`. */
export interface BatchNormOptions {
  /** Added to the variance. Default 1e-5. */
  epsilon?: number;
  /**
   * Called once, before the result is returned, with the mean and the biased variance [C] of the batch and the
   * number of rows they were taken over: for running statistics. The tensors live until the call returns; a
   * variable assigned from them keeps the values.
   */
  onStatistics?: (mean: Tensor1D, variance: Tensor1D, count: number) => void;
}

function checkChannels(operation: string, x: Tensor, vectors: Record<string, Tensor>): number {
  if (x.rank < 2)
    throw new ShapeError(operation, `an input of shape [${x.shape}]`, 'at least two axes, channels last');
  const channels = x.shape[x.rank - 1];
  for (const [name, vector] of Object.entries(vectors)) {
    if (vector.rank !== 1 || vector.shape[0] !== channels) {
      throw new ShapeError(
        operation,
        `${name} of shape [${vector.shape}]`,
        `[${channels}], as the input of shape [${x.shape}] has ${channels} channels`,
      );
    }
  }
  return channels;
}

/**
 * Batch norm in training: every channel (last axis) of x [..., C] is normalised by its mean and biased variance
 * over all other axes, then scaled by `gain` [C] and shifted by `bias` [C].
 *
 * @throws ShapeError where gain or bias do not have C entries, or there is no row
 */
export function batchNorm<T extends Tensor>(
  x: T,
  gain: Tensor,
  bias: Tensor,
  options: BatchNormOptions = {},
): T {
  const channels = checkChannels('batchNorm', x, { gain, bias });
  const count = x.size / channels;
  if (!count) throw new ShapeError('batchNorm', `an empty input of shape [${x.shape}]`, 'at least one row');
  return tidy(() => {
    const outputs = runOwnKernel(KERNELS.batchNorm, { x, gain, bias }, { epsilon: options.epsilon ?? 1e-5 });
    const [y, mean, variance] = outputs as [T, Tensor1D, Tensor1D];
    options.onStatistics?.(mean, variance, count);
    return y;
  });
}

/**
 * Batch norm at inference: x [..., C] normalised by given statistics [C].
 *
 * @throws ShapeError where a vector does not have C entries
 */
export function batchNormInference<T extends Tensor>(
  x: T,
  gain: Tensor,
  bias: Tensor,
  mean: Tensor,
  variance: Tensor,
  epsilon = 1e-5,
): T {
  checkChannels('batchNormInference', x, { gain, bias, mean, variance });
  return tidy(() => {
    const scale = mul(gain, rsqrt(add(variance, epsilon)));
    return add(mul(x, scale), sub(bias, mul(mean, scale))) as T;
  });
}
