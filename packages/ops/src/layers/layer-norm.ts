import {
  add,
  customGrad,
  div,
  type GradSaveFunc,
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
import { ShapeError } from '../errors/shape-error.ts';

/**
 * Layer norm: every row (last axis) of x [..., C] is normalised by its own mean and biased variance, then scaled by
 * `gain` [C] and shifted by `bias` [C].
 *
 * @throws ShapeError where gain or bias do not have C entries
 */
export function layerNorm<T extends Tensor>(x: T, gain: Tensor, bias: Tensor, epsilon: number): T {
  const columns = x.shape[x.rank - 1];
  for (const [name, vector] of Object.entries({ gain, bias })) {
    if (vector.rank !== 1 || vector.shape[0] !== columns) {
      throw new ShapeError('layerNorm', `${name} of shape [${vector.shape}]`, `[${columns}]`);
    }
  }
  const run = customGrad((...operands: Array<Tensor | GradSaveFunc>) => {
    const [input, scale, shift, save] = operands as [Tensor, Tensor, Tensor, GradSaveFunc];
    const rows = reshape(input, [-1, columns]) as Tensor2D;
    const centred = sub(rows, meanOf(rows, 1, true));
    const inverse = rsqrt(add(meanOf(square(centred), 1, true), epsilon));
    const normal = mul(centred, inverse);
    save([normal, inverse, scale]);
    return {
      value: reshape(add(mul(normal, scale), shift), input.shape),
      gradFunc: (dy: Tensor, saved: Tensor[]) => rowGradients(dy, saved),
    };
  });
  return run(x, gain, bias) as T;
}

/** With g = dy·gain: dx = inverse·(g − mean(g) − normal·mean(g·normal)), means over the row. */
function rowGradients(dy: Tensor, [normal, inverse, gain]: Tensor[]): Tensor[] {
  const columns = normal.shape[1]!;
  const gradient = reshape(dy, [-1, columns]);
  const inner = mul(gradient, gain);
  const along = div(sum(mul(inner, normal), 1, true), columns);
  const dx = mul(inverse, sub(sub(inner, meanOf(inner, 1, true)), mul(normal, along)));
  return [reshape(dx, dy.shape), sum(mul(gradient, normal), 0), sum(gradient, 0)];
}
