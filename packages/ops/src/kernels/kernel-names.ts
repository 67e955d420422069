/**
 * Kernels of this package, beyond tfjs-core's own. An engine may register its own version of each (by
 * `registerKernel` under these names); where it has none, `addKernels` registers one made of tfjs kernels.
 * Images are NHWC, weights OIHW; stride and padding hold for both axes.
 */
export const KERNELS = {
  /** inputs x, weight; attributes stride, padding → y */
  convolution: 'ExcbConvolution',
  /** inputs dy, weight; attributes stride, padding, inputShape → dx */
  convolutionInputGradient: 'ExcbConvolutionInputGradient',
  /** inputs x, dy; attributes stride, padding, weightShape → dWeight */
  convolutionWeightGradient: 'ExcbConvolutionWeightGradient',
  /** inputs x [..., C], gain, bias; attribute epsilon → y, mean [C], biased variance [C] */
  batchNorm: 'ExcbBatchNorm',
  /** inputs dy, x, gain, mean, variance; attribute epsilon → dx, dGain, dBias */
  batchNormGradient: 'ExcbBatchNormGradient',
  /** inputs dy, y → dy where y > 0, else 0 */
  reluGradient: 'ExcbReluGradient',
} as const;

/** Attributes of the convolution kernels. */
export interface ConvolutionKernelAttributes {
  stride: number;
  padding: number;
  /** Of the input gradient. */
  inputShape?: [number, number, number, number];
  /** Of the weight gradient. */
  weightShape?: [number, number, number, number];
}
