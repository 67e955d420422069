import type { KernelFunc, NamedAttrMap, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { tidy } from '@tensorflow/tfjs-core';

export type NamedTensors = Record<string, Tensor>;

/**
 * A kernel written with tfjs operations: what it makes on the way is disposed. tfjs hands kernels their inputs as
 * tensors, and stops recording gradients while they run.
 */
export function composedKernel<Attributes>(
  compute: (inputs: NamedTensors, attributes: Attributes) => Tensor | Tensor[],
): KernelFunc {
  return ({ inputs, attrs }: { inputs: Record<string, TensorInfo | undefined>; attrs?: NamedAttrMap }) =>
    tidy(() => compute(inputs as unknown as NamedTensors, attrs as unknown as Attributes));
}
