import { getKernel, type KernelFunc, mul, registerKernel, step } from '@tensorflow/tfjs-core';
import { composedBatchNorm, composedBatchNormGradient } from './composed-batch-norm.ts';
import {
  composedConvolution,
  composedInputGradient,
  composedWeightGradient,
} from './composed-convolution.ts';
import { composedKernel } from './kernel-function.ts';
import { KERNELS } from './kernel-names.ts';

const COMPOSED: Record<string, KernelFunc> = {
  [KERNELS.convolution]: composedKernel(composedConvolution),
  [KERNELS.convolutionInputGradient]: composedKernel(composedInputGradient),
  [KERNELS.convolutionWeightGradient]: composedKernel(composedWeightGradient),
  [KERNELS.batchNorm]: composedKernel(composedBatchNorm),
  [KERNELS.batchNormGradient]: composedKernel(composedBatchNormGradient),
  [KERNELS.reluGradient]: composedKernel(({ dy, y }) => mul(dy, step(y))),
};

/** Gives a tfjs backend those of this package's kernels that it has no version of yet. */
export function addKernels(backendName: string): void {
  for (const [kernelName, kernelFunc] of Object.entries(COMPOSED)) {
    if (!getKernel(kernelName, backendName)) registerKernel({ kernelName, backendName, kernelFunc });
  }
}
