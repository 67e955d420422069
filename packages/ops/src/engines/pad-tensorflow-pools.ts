import {
  engine,
  getKernel,
  type KernelFunc,
  MaxPool,
  MaxPoolGrad,
  pad as padWith,
  registerKernel,
  slice,
  type Tensor,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { composedKernel, type NamedTensors } from '../kernels/kernel-function.ts';

interface PoolAttributes {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: unknown;
  dimRoundingMode?: string;
}

/** The number of rows and columns to add, or 0 where the kernel takes the padding as it is. */
const paddingOf = ({ pad, dimRoundingMode }: PoolAttributes): number =>
  typeof pad === 'number' && (!dimRoundingMode || dimRoundingMode === 'floor') ? pad : 0;

const padded = (x: Tensor, padding: number): Tensor => {
  const [none, around] = [
    [0, 0],
    [padding, padding],
  ] as [number, number][];
  return padWith(x, [none, around, around, none], Number.NEGATIVE_INFINITY);
};

const run = (kernel: string, inputs: NamedTensors, { filterSize, strides }: PoolAttributes): Tensor =>
  engine().runKernel(kernel, inputs, { filterSize, strides, pad: 'valid' });

const PADDED: Record<string, (inputs: NamedTensors, attributes: PoolAttributes) => Tensor> = {
  [MaxPool]: ({ x }, attributes) => run(MaxPool, { x: padded(x, paddingOf(attributes)) }, attributes),
  [MaxPoolGrad]: ({ dy, input, output }, attributes) => {
    const padding = paddingOf(attributes);
    const dx = run(MaxPoolGrad, { dy, input: padded(input, padding), output }, attributes);
    return slice(dx, [0, padding, padding, 0], input.shape);
  },
};

const OURS = new WeakSet<KernelFunc>();

/**
 * tfjs-node's max pool and its gradient throw on padding by a number. Here images are padded with −∞ and pooled
 * without padding; every other engine pads by itself, and faster. Safe to call again.
 */
export function padTensorflowPools(): void {
  for (const [kernelName, compute] of Object.entries(PADDED)) {
    const original = getKernel(kernelName, 'tensorflow');
    if (!original || OURS.has(original.kernelFunc)) continue;
    const own = composedKernel(compute);
    const kernelFunc: KernelFunc = (call) =>
      paddingOf(call.attrs as unknown as PoolAttributes) ? own(call) : original.kernelFunc(call);
    OURS.add(kernelFunc);
    unregisterKernel(kernelName, 'tensorflow');
    registerKernel({ ...original, kernelFunc });
  }
}
