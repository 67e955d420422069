import {
  customGrad,
  div,
  exp,
  expandDims,
  type GradSaveFunc,
  log,
  max,
  mul,
  neg,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
} from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors/shape-error.ts';

/**
 * −Σₖ targets·log softmax(similarities / temperature) of every row: [R, K] and [R, K] → [R]. A row of targets need
 * not sum to 1; the targets get no gradient.
 *
 * @throws ShapeError where the two shapes differ, or the temperature is not above 0
 */
export function softmaxCrossEntropy(similarities: Tensor, targets: Tensor, temperature: number): Tensor1D {
  if (similarities.rank !== 2 || `${similarities.shape}` !== `${targets.shape}`) {
    throw new ShapeError(
      'softmaxCrossEntropy',
      `similarities of shape [${similarities.shape}] and targets of shape [${targets.shape}]`,
      'both [rows, clusters]',
    );
  }
  if (!(temperature > 0))
    throw new ShapeError('softmaxCrossEntropy', `temperature ${temperature}`, 'a number above 0');
  const run = customGrad((...operands: Array<Tensor | GradSaveFunc>) => {
    const [input, save] = operands as [Tensor, GradSaveFunc];
    const logits = div(input, temperature);
    const shifted = sub(logits, max(logits, 1, true));
    const exponentials = exp(shifted);
    const totals = sum(exponentials, 1, true);
    save([div(exponentials, totals), targets]);
    return {
      value: neg(sum(mul(targets, sub(shifted, log(totals))), 1)),
      gradFunc: (dy: Tensor, [probabilities, wanted]: Tensor[]) => {
        const difference = sub(mul(probabilities, sum(wanted, 1, true)), wanted);
        return mul(difference, expandDims(div(dy, temperature), 1));
      },
    };
  });
  return run(similarities) as Tensor1D;
}
