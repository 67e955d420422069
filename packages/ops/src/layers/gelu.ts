import {
  add,
  customGrad,
  erf,
  exp,
  type GradSaveFunc,
  mul,
  square,
  type Tensor,
} from '@tensorflow/tfjs-core';

const ROOT_HALF = Math.SQRT1_2;
const ONE_OVER_ROOT_2PI = 1 / Math.sqrt(2 * Math.PI);

/** x·Φ(x) with the normal distribution function Φ(x) = (1 + erf(x/√2))/2: the exact form, not the tanh one. */
export function gelu<T extends Tensor>(x: T): T {
  const run = customGrad((...operands: Array<Tensor | GradSaveFunc>) => {
    const [input, save] = operands as [Tensor, GradSaveFunc];
    const distribution = mul(0.5, add(1, erf(mul(input, ROOT_HALF))));
    save([input, distribution]);
    return {
      value: mul(input, distribution),
      gradFunc: (dy: Tensor, [saved, share]: Tensor[]) => {
        const density = mul(ONE_OVER_ROOT_2PI, exp(mul(-0.5, square(saved))));
        return mul(dy, add(share, mul(saved, density)));
      },
    };
  });
  return run(x) as T;
}
