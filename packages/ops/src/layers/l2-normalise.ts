import {
  cast,
  customGrad,
  div,
  type GradSaveFunc,
  greater,
  maximum,
  mul,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
} from '@tensorflow/tfjs-core';

/** PyTorch's: shorter rows are divided by this instead of their length. */
const SHORTEST = 1e-12;

/** Every row (last axis) divided by its Euclidean length, or by 1e-12 where it is shorter (zero stays zero). */
export function l2Normalise<T extends Tensor>(x: T): T {
  const run = customGrad((...operands: Array<Tensor | GradSaveFunc>) => {
    const [input, save] = operands as [Tensor, GradSaveFunc];
    const length = sqrt(sum(square(input), -1, true));
    const divisor = maximum(length, SHORTEST);
    const y = div(input, divisor);
    save([y, divisor]);
    return {
      value: y,
      gradFunc: (dy: Tensor, [direction, by]: Tensor[]) => {
        const along = mul(sum(mul(dy, direction), -1, true), cast(greater(by, SHORTEST), 'float32'));
        return div(sub(dy, mul(direction, along)), by);
      },
    };
  });
  return run(x) as T;
}
