import {
  AvgPool,
  AvgPoolGrad,
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  engine,
  type GradConfig,
  MaxPool,
  MaxPoolGrad,
  type NamedAttrMap,
} from '@tensorflow/tfjs-core';
import { type ConvolutionKernelAttributes, KERNELS } from '../kernels/kernel-names.ts';
import { gradient } from './gradient-table.ts';

type Shape4D = [number, number, number, number];

export const imageGradients: GradConfig[] = [
  gradient(Conv2D, { inputsToSave: ['x', 'filter'] }, ({ dy, saved: [x, filter], attributes }) => ({
    x: () => engine().runKernel(Conv2DBackpropInput, { dy, filter }, { ...attributes, inputShape: x.shape }),
    filter: () =>
      engine().runKernel(Conv2DBackpropFilter, { x, dy }, { ...attributes, filterShape: filter.shape }),
  })),
  gradient(MaxPool, { inputsToSave: ['x'], outputsToSave: [true] }, ({ dy, saved: [x, y], attributes }) => ({
    x: () => engine().runKernel(MaxPoolGrad, { dy, input: x, output: y }, attributes),
  })),
  gradient(AvgPool, { inputsToSave: ['x'] }, ({ dy, saved: [x], attributes }) => ({
    x: () => engine().runKernel(AvgPoolGrad, { dy, input: x }, attributes),
  })),
  gradient<ConvolutionKernelAttributes>(
    KERNELS.convolution,
    { inputsToSave: ['x', 'weight'] },
    ({ dy, saved: [x, weight], attributes: { stride, padding } }) => ({
      x: () =>
        engine().runKernel(
          KERNELS.convolutionInputGradient,
          { dy, weight },
          { stride, padding, inputShape: x.shape as Shape4D },
        ),
      weight: () =>
        engine().runKernel(
          KERNELS.convolutionWeightGradient,
          { x, dy },
          { stride, padding, weightShape: weight.shape as Shape4D },
        ),
    }),
  ),
  gradient(
    KERNELS.batchNorm,
    { inputsToSave: ['x', 'gain'], outputsToSave: [false, true, true] },
    ({ dy, saved: [x, gain, mean, variance], attributes }) => {
      const [dx, dGain, dBias] = engine().runKernel(
        KERNELS.batchNormGradient,
        { dy, x, gain, mean, variance },
        attributes as NamedAttrMap,
      ) as unknown as (typeof dy)[];
      return { x: () => dx, gain: () => dGain, bias: () => dBias };
    },
  ),
];
