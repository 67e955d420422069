import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { convolutionGeometry } from '../kernels/convolution-geometry.ts';
import { KERNELS } from '../kernels/kernel-names.ts';
import { runOwnKernel } from './run-own-kernel.ts';

/** Settings of a convolution with a square kernel, as in PyTorch. */
export interface ConvolutionOptions {
  /** Step of the kernel along both axes. Default 1. */
  stride?: number;
  /** Zeros around the image, on all sides. Default 0. */
  padding?: number;
}

/**
 * Convolution of NHWC images [n, h, w, inputs] with a weight in PyTorch's order [outputs, inputs, kernel height,
 * kernel width] → [n, ⌊(h + 2·padding − kernel)/stride⌋ + 1, …, outputs].
 *
 * @throws ShapeError where the channels differ or the kernel does not fit
 */
export function conv2d(x: Tensor, weight: Tensor, options: ConvolutionOptions = {}): Tensor4D {
  const attributes = { stride: options.stride ?? 1, padding: options.padding ?? 0 };
  convolutionGeometry(x.shape, weight.shape, attributes);
  return runOwnKernel(KERNELS.convolution, { x, weight }, attributes) as Tensor4D;
}
