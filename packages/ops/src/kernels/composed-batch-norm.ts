import {
  add,
  div,
  mean as meanOf,
  mul,
  reshape,
  rsqrt,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type { NamedTensors } from './kernel-function.ts';

export interface BatchNormKernelAttributes {
  epsilon: number;
}

/** [..., C] to [rows, C]. */
const rowsOf = (x: Tensor): Tensor2D => reshape(x, [-1, x.shape[x.rank - 1]]);

export function composedBatchNorm(
  { x, gain, bias }: NamedTensors,
  { epsilon }: BatchNormKernelAttributes,
): Tensor[] {
  const rows = rowsOf(x);
  const mean = meanOf(rows, 0);
  const centred = sub(rows, mean);
  const variance = meanOf(square(centred), 0);
  const y = add(mul(centred, mul(gain, rsqrt(add(variance, epsilon)))), bias);
  return [reshape(y, x.shape), mean, variance];
}

/**
 * With s = 1/√(variance + ε) and h = (x − mean)·s: dBias = Σ dy, dGain = Σ dy·h,
 * dx = gain·s·(dy − dBias/rows − h·dGain/rows).
 */
export function composedBatchNormGradient(
  { dy, x, gain, mean, variance }: NamedTensors,
  { epsilon }: BatchNormKernelAttributes,
): Tensor[] {
  const gradient = rowsOf(dy);
  const scale = rsqrt(add(variance, epsilon));
  const normal = mul(sub(rowsOf(x), mean), scale);
  const dBias = sum(gradient, 0);
  const dGain = sum(mul(gradient, normal), 0);
  const rows = gradient.shape[0];
  const inner = sub(sub(gradient, div(dBias, rows)), mul(normal, div(dGain, rows)));
  return [reshape(mul(inner, mul(gain, scale)), x.shape), dGain, dBias];
}
