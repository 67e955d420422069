import { ShapeError } from '../errors/shape-error.ts';
import type { AxisGeometry } from '../wasm/axis-taps.ts';

export interface ConvolutionAttributes {
  stride: number;
  padding: number;
}

export interface ConvolutionGeometry extends ConvolutionAttributes {
  images: number;
  inputs: number;
  outputs: number;
  rows: AxisGeometry;
  columns: AxisGeometry;
}

/**
 * Sizes of a convolution of [n, h, w, c] images with an [outputs, inputs, kernel rows, kernel columns] weight.
 * @throws ShapeError where the shapes do not fit or the kernel does not fit the padded image.
 */
export function convolutionGeometry(
  x: readonly number[],
  weight: readonly number[],
  { stride, padding }: ConvolutionAttributes,
): ConvolutionGeometry {
  if (x.length !== 4)
    throw new ShapeError('conv2d', `an input of shape [${x}]`, '[images, height, width, channels]');
  if (weight.length !== 4) {
    throw new ShapeError(
      'conv2d',
      `a weight of shape [${weight}]`,
      '[outputs, inputs, kernel height, kernel width]',
    );
  }
  if (x[3] !== weight[1]) {
    throw new ShapeError(
      'conv2d',
      `an input with ${x[3]} channels (shape [${x}])`,
      `${weight[1]} channels, as the weight of shape [${weight}] says`,
    );
  }
  if (!Number.isInteger(stride) || stride < 1)
    throw new ShapeError('conv2d', `stride ${stride}`, 'an integer of at least 1');
  if (!Number.isInteger(padding) || padding < 0) {
    throw new ShapeError('conv2d', `padding ${padding}`, 'an integer of at least 0');
  }
  const axis = (input: number, kernel: number): AxisGeometry => {
    const output = Math.floor((input + 2 * padding - kernel) / stride) + 1;
    if (output < 1) {
      throw new ShapeError(
        'conv2d',
        `an input of shape [${x}] with padding ${padding}`,
        `at least ${kernel} rows and columns with the padding, as the weight of shape [${weight}] needs`,
      );
    }
    return { input, output, kernel, stride, padding };
  };
  return {
    images: x[0],
    inputs: weight[1],
    outputs: weight[0],
    rows: axis(x[1], weight[2]),
    columns: axis(x[2], weight[3]),
    stride,
    padding,
  };
}
