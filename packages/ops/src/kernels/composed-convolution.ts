import {
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  conv2d,
  engine,
  type NamedAttrMap,
  pad,
  slice,
  type Tensor,
  type Tensor4D,
  transpose,
} from '@tensorflow/tfjs-core';
import type { NamedTensors } from './kernel-function.ts';
import type { ConvolutionKernelAttributes } from './kernel-names.ts';

/** OIHW to tfjs's HWIO. */
const toFilter = (weight: Tensor): Tensor4D => transpose(weight as Tensor4D, [2, 3, 1, 0]);

const padded = (x: Tensor, padding: number): Tensor4D =>
  (padding
    ? pad(x, [
        [0, 0],
        [padding, padding],
        [padding, padding],
        [0, 0],
      ])
    : x) as Tensor4D;

const paddedShape = ([n, h, w, c]: number[], padding: number): number[] => [
  n,
  h + 2 * padding,
  w + 2 * padding,
  c,
];

const tfjsAttributes = (stride: number) => ({
  strides: [stride, stride],
  pad: 'valid',
  dataFormat: 'NHWC',
  dimRoundingMode: undefined as string | undefined,
});

// Images are padded here, because not every engine takes numbers as padding in the gradient kernels.

export function composedConvolution(
  { x, weight }: NamedTensors,
  attributes: ConvolutionKernelAttributes,
): Tensor {
  return conv2d(padded(x, attributes.padding), toFilter(weight), attributes.stride, 'valid');
}

export function composedInputGradient(
  { dy, weight }: NamedTensors,
  { stride, padding, inputShape }: ConvolutionKernelAttributes,
): Tensor {
  const attributes = { ...tfjsAttributes(stride), inputShape: paddedShape(inputShape!, padding) };
  const dx: Tensor = engine().runKernel(
    Conv2DBackpropInput,
    { dy, filter: toFilter(weight) },
    attributes as unknown as NamedAttrMap,
  );
  return padding ? slice(dx, [0, padding, padding, 0], inputShape!) : dx;
}

export function composedWeightGradient(
  { x, dy }: NamedTensors,
  { stride, padding, weightShape }: ConvolutionKernelAttributes,
): Tensor {
  const [outputs, inputs, height, width] = weightShape!;
  const attributes = { ...tfjsAttributes(stride), filterShape: [height, width, inputs, outputs] };
  const filter: Tensor = engine().runKernel(
    Conv2DBackpropFilter,
    { x: padded(x, padding), dy },
    attributes as unknown as NamedAttrMap,
  );
  return transpose(filter, [3, 2, 0, 1]);
}
