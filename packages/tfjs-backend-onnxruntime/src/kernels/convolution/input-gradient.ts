import type { Value } from '../../graph/graph.ts';
import { type Recorder, range, sizeOf } from '../recorder.ts';
import { addTaps } from './add-taps.ts';
import { convolve } from './convolve.ts';
import { asOneImage, type Convolution, isPointwise, padded, rowsOf } from './geometry.ts';

/** Weights are turned round up to so many times the size of the images. */
const LARGE_WEIGHTS = 3;

/** Zeros between rows and columns, so that what was sampled stands where it came from; then cut or filled to size. */
function scattered(record: Recorder, x: Value, strides: readonly number[], size: readonly number[]): Value {
  const [c, h, w, n] = x.shape;
  let spread = x;
  if (strides.some((by) => by > 1)) {
    const wide = [c, h, strides[0], w, strides[1], n];
    const pads = [0, 0, 0, 0, 0, 0, 0, 0, strides[0] - 1, 0, strides[1] - 1, 0];
    const filled = record.op('Pad', [record.reshape(x, [c, h, 1, w, 1, n]), record.ints(pads)], wide, {
      attributes: { mode: 'constant' },
    });
    spread = record.reshape(filled, [c, h * strides[0], w * strides[1], n]);
  }
  const cut = record.slice(
    spread,
    [0, 0, 0, 0],
    [c, Math.min(spread.shape[1], size[0]), Math.min(spread.shape[2], size[1]), n],
  );
  return padded(record, cut, [0, 0, size[0] - cut.shape[1], size[1] - cut.shape[2]]);
}

/** OIHW weights by which dy gives dx: inputs and outputs swapped, each kernel turned round. */
function turned(record: Recorder, weight: Value): Value {
  const swapped = record.transpose(weight, [1, 0, 2, 3]);
  const ends = record.ints([-1, -1]);
  const past = record.ints([-(2 ** 31), -(2 ** 31)]);
  return record.op('Slice', [swapped, ends, past, record.ints([2, 3]), ends], swapped.shape);
}

/**
 * dx of CHWN dy. Where the weights are small beside the images, a convolution with turned weights is faster than the
 * transposed one by a half; where they are large, turning them costs more than that.
 */
export function convolutionInputGradient(
  record: Recorder,
  dy: Value,
  weight: Value,
  inputShape: readonly number[],
  convolution: Convolution,
): Value {
  const { strides, padding, dilations } = convolution;
  const [, height, width, n] = inputShape;
  const [outputs, inputs, kernelHeight, kernelWidth] = weight.shape;
  if (isPointwise(weight.shape, convolution)) {
    const product = record.matMul(record.reshape(weight, [outputs, inputs]), rowsOf(record, dy), true);
    const sparse = record.reshape(product, [inputs, ...dy.shape.slice(1)]);
    return scattered(record, sparse, strides, [height, width]);
  }
  if (strides.some((by) => by > 1)) return stridedGradient(record, dy, weight, inputShape, convolution);
  const [top, left, bottom, right] = padding;
  // As many rows and columns as give the input's back.
  const rows = height + top + bottom - dilations[0] * (kernelHeight - 1);
  const columns = width + left + right - dilations[1] * (kernelWidth - 1);
  const gradient = scattered(record, dy, strides, [rows, columns]);
  if (
    sizeOf(weight.shape) < LARGE_WEIGHTS * sizeOf(inputShape) &&
    padding.every((side, i) => side <= dilations[i % 2] * ((i % 2 ? kernelWidth : kernelHeight) - 1))
  ) {
    const around = (axis: 0 | 1, kernel: number) => dilations[axis] * (kernel - 1);
    return convolve(record, gradient, turned(record, weight), {
      strides: [1, 1],
      padding: [
        around(0, kernelHeight) - top,
        around(1, kernelWidth) - left,
        around(0, kernelHeight) - bottom,
        around(1, kernelWidth) - right,
      ],
      dilations,
    });
  }
  const dx = record.op(
    'ConvTranspose',
    [asOneImage(record, gradient), weight],
    [1, inputs, height, width * n],
    {
      attributes: {
        strides: [1, 1],
        pads: [top, left * n, bottom, right * n],
        dilations: [dilations[0], dilations[1] * n],
        group: 1,
        kernel_shape: [kernelHeight, kernelWidth],
      },
    },
  );
  return record.reshape(dx, inputShape);
}

/**
 * Where the window moves by more than one: what every tap of the kernel gives, in one product, added up where the tap
 * stood. Rows and columns of zeros between those of dy would be four times the work at stride 2.
 */
function stridedGradient(
  record: Recorder,
  dy: Value,
  weight: Value,
  [, height, width]: readonly number[],
  { strides, padding, dilations }: Convolution,
): Value {
  const [outputs, inputs, kernelHeight, kernelWidth] = weight.shape;
  const [, rows, columns, n] = dy.shape;
  const taps = kernelHeight * kernelWidth;
  const kernels = record.reshape(weight, [outputs, inputs * taps]);
  const product = record.matMul(kernels, rowsOf(record, dy), true);
  const byTap = record.reshape(product, [inputs, taps, rows * columns * n]);
  const shares = range(taps).map((tap) => ({
    value: record.reshape(record.slice(byTap, [0, tap, 0], [inputs, 1, rows * columns * n]), [
      inputs,
      rows,
      columns,
      n,
    ]),
    row: Math.floor(tap / kernelWidth) * dilations[0],
    column: (tap % kernelWidth) * dilations[1],
  }));
  const [top, left, bottom, right] = padding;
  const whole = addTaps(record, shares, strides, [height + top + bottom, width + left + right]);
  return record.slice(whole, [0, top, left, 0], [inputs, height, width, n]);
}
