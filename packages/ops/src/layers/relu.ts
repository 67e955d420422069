import { type Tensor, relu as tfjsRelu } from '@tensorflow/tfjs-core';

/** max(x, 0); the gradient at 0 is 0. */
export function relu<T extends Tensor>(x: T): T {
  return tfjsRelu(x);
}
