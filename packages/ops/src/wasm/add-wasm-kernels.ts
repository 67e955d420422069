import {
  BatchMatMul,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  getKernel,
  type KernelFunc,
  MaxPoolGrad,
  Mean,
  registerKernel,
  Sum,
  Tile,
  UnsortedSegmentSum,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { KERNELS } from '../kernels/kernel-names.ts';
import { wasmBatchNorm, wasmBatchNormGradient, wasmReluGradient } from './batch-norm-kernels.ts';
import { wasmConvolution, wasmInputGradient, wasmWeightGradient } from './convolution-kernels.ts';
import { wasmMatMul } from './matrix-product.ts';
import { wasmMaxPoolGradient } from './max-pool-kernel.ts';
import { wasmLeadingReduction, wasmSegmentSum } from './reduction-kernels.ts';
import { wasmBackpropFilter, wasmBackpropInput } from './tfjs-convolution-kernels.ts';
import { wasmTile } from './tile-kernel.ts';
import { wasmKernel } from './wasm-kernel.ts';

const ADDED: Record<string, KernelFunc> = {
  [KERNELS.convolution]: wasmKernel(wasmConvolution),
  [KERNELS.convolutionInputGradient]: wasmKernel(wasmInputGradient),
  [KERNELS.convolutionWeightGradient]: wasmKernel(wasmWeightGradient),
  [KERNELS.batchNorm]: wasmKernel(wasmBatchNorm),
  [KERNELS.batchNormGradient]: wasmKernel(wasmBatchNormGradient),
  [KERNELS.reluGradient]: wasmKernel(wasmReluGradient),
  [Conv2DBackpropFilter]: wasmKernel(wasmBackpropFilter),
  [UnsortedSegmentSum]: wasmKernel(wasmSegmentSum),
};

/**
 * Better versions of kernels that tfjs-wasm has: faster ones, which leave to the original what they do not cover,
 * and a MaxPoolGrad that is right where a window has no positive value.
 */
const REPLACED: Record<string, (original: KernelFunc) => KernelFunc> = {
  [BatchMatMul]: wasmMatMul,
  [MaxPoolGrad]: () => wasmKernel(wasmMaxPoolGradient),
  [Conv2DBackpropInput]: () => wasmKernel(wasmBackpropInput),
  [Tile]: wasmTile,
  [Sum]: (original) => wasmLeadingReduction(original, false),
  [Mean]: (original) => wasmLeadingReduction(original, true),
};

const BACKEND = 'wasm';

/**
 * Gives tfjs-wasm this package's kernels, those of tfjs that training needs and it lacks, and better versions of
 * some that it has. Safe to call again.
 */
export function addWasmKernels(): void {
  if (getKernel(KERNELS.convolution, BACKEND)?.kernelFunc === ADDED[KERNELS.convolution]) return;
  for (const [kernelName, kernelFunc] of Object.entries(ADDED)) {
    if (getKernel(kernelName, BACKEND)) unregisterKernel(kernelName, BACKEND);
    registerKernel({ kernelName, backendName: BACKEND, kernelFunc });
  }
  for (const [kernelName, faster] of Object.entries(REPLACED)) {
    const original = getKernel(kernelName, BACKEND);
    if (!original) continue;
    unregisterKernel(kernelName, BACKEND);
    registerKernel({ ...original, kernelFunc: faster(original.kernelFunc) });
  }
}
