import { add, matMul, reshape, type Tensor, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors/shape-error.ts';

/**
 * x [..., in] · weightᵀ + bias, with the weight in PyTorch's order [out, in] → [..., out].
 *
 * @throws ShapeError where x does not have `in` columns or the bias not `out` entries
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  if (weight.rank !== 2)
    throw new ShapeError('linear', `a weight of shape [${weight.shape}]`, '[outputs, inputs]');
  const [outputs, inputs] = weight.shape;
  if (x.rank < 1 || x.shape[x.rank - 1] !== inputs) {
    throw new ShapeError(
      'linear',
      `an input of shape [${x.shape}]`,
      `${inputs} columns, as the weight of shape [${weight.shape}] says`,
    );
  }
  if (bias && (bias.rank !== 1 || bias.shape[0] !== outputs)) {
    throw new ShapeError('linear', `a bias of shape [${bias.shape}]`, `[${outputs}]`);
  }
  return tidy(() => {
    const product = matMul(reshape(x, [-1, inputs]) as Tensor2D, weight as Tensor2D, false, true);
    return reshape(bias ? add(product, bias) : product, [...x.shape.slice(0, -1), outputs]);
  });
}
