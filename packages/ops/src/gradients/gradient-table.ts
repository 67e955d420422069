import type { GradConfig, NamedAttrMap, Tensor } from '@tensorflow/tfjs-core';
import { broadcast_util, reshape, sum, zeros } from '@tensorflow/tfjs-core';

/** One gradient per input name; each is only called where that input needs it. */
type InputGradients = Record<string, () => Tensor>;

/** What a gradient function is given: dy (of the first output), the saved tensors in order, the attributes. */
export interface GradientCall<Attributes = NamedAttrMap> {
  dy: Tensor;
  /** dy of every output. */
  dys: Tensor[];
  saved: Tensor[];
  attributes: Attributes;
}

/** Adds to a tfjs gradient entry what it needs saved, and a gradient function with a typed call. */
export function gradient<Attributes = NamedAttrMap>(
  kernelName: string,
  saves: Pick<GradConfig, 'inputsToSave' | 'outputsToSave' | 'saveAllInputs'>,
  compute: (call: GradientCall<Attributes>) => InputGradients,
): GradConfig {
  return {
    kernelName,
    ...saves,
    gradFunc: (dy, saved, attrs) => {
      const dys = Array.isArray(dy) ? dy : [dy];
      return compute({ dy: dys[0], dys, saved, attributes: attrs as unknown as Attributes });
    },
  };
}

/**
 * Sums a broadcast result's gradient back to the shape of an operand. Always a new tensor: tfjs disposes of a
 * gradient once it has been added to another, so one must never be handed to two inputs.
 */
export function sumTo(dy: Tensor, shape: number[]): Tensor {
  const axes = broadcast_util.getReductionAxes(shape, dy.shape);
  return reshape(axes.length ? sum(dy, axes) : dy, shape);
}

/** Gradients of kernels that are constant almost everywhere, or do not depend on the values. */
export function flat(kernelName: string, ...inputs: string[]): GradConfig {
  return gradient(kernelName, { inputsToSave: inputs }, ({ saved }) =>
    Object.fromEntries(inputs.map((input, i) => [input, () => zeros(saved[i].shape)])),
  );
}
