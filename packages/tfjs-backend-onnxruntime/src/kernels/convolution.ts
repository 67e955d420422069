import { type ConvolutionKernelAttributes, KERNELS } from '@excb/ops/kernels';
import * as tf from '@tensorflow/tfjs-core';
import type { Value } from '../graph/graph.ts';
import { type NativeKernel, type Recorder, range, sizeOf } from './recorder.ts';

/** How a window moves over the images. */
export interface Convolution {
  /** Rows, columns. */
  strides: readonly [number, number];
  /** Top, left, bottom, right. */
  padding: readonly [number, number, number, number];
  /** Rows, columns. */
  dilations: readonly [number, number];
}

/** What it gives along an axis, rounded down. */
function outputLength(
  x: Value,
  kernel: number,
  axis: 0 | 1,
  { strides, padding, dilations }: Convolution,
): number {
  const room = x.shape[1 + axis] + padding[axis] + padding[axis + 2] - dilations[axis] * (kernel - 1) - 1;
  return Math.floor(room / strides[axis]) + 1;
}

const isPointwise = (weight: readonly number[], { padding }: Convolution): boolean =>
  weight[2] === 1 && weight[3] === 1 && padding.every((side) => side === 0);

/** [c, h, w, n] as a matrix with a row for each channel. */
const rowsOf = (record: Recorder, x: Value): Value =>
  record.reshape(x, [x.shape[0], sizeOf(x.shape) / x.shape[0]]);

/** A batch as one image: the columns are w groups of n. */
const asOneImage = (record: Recorder, x: Value): Value => {
  const [c, h, w, n] = x.shape;
  return record.reshape(x, [1, c, h, w * n]);
};

function padded(record: Recorder, x: Value, padding: readonly number[]): Value {
  if (padding.every((side) => side === 0)) return x;
  const [top, left, bottom, right] = padding;
  const [c, h, w, n] = x.shape;
  return record.op(
    'Pad',
    [x, record.ints([0, top, left, 0, 0, bottom, right, 0])],
    [c, h + top + bottom, w + left + right, n],
    { attributes: { mode: 'constant' } },
  );
}

/** Every `stride`th row and column from `row` and `column` on, `height` × `width` of them. */
function sampled(
  record: Recorder,
  x: Value,
  [row, column]: readonly number[],
  [height, width]: readonly number[],
  strides: readonly [number, number],
): Value {
  const [c, h, w, n] = x.shape;
  const end = [row + (height - 1) * strides[0] + 1, column + (width - 1) * strides[1] + 1];
  if (strides[0] === 1 && strides[1] === 1 && height === h && width === w) return x;
  return record.op(
    'Slice',
    [x, record.ints([row, column]), record.ints(end), record.ints([1, 2]), record.ints(strides)],
    [c, height, width, n],
  );
}

/** [c · taps, h · w · n]: what every tap of the kernel sees (im2col). */
function columnsOf(
  record: Recorder,
  x: Value,
  [kernelHeight, kernelWidth]: readonly number[],
  [height, width]: readonly number[],
  { strides, padding, dilations }: Convolution,
): Value {
  const [c, , , n] = x.shape;
  const positions = height * width * n;
  const images = padded(record, x, padding);
  const taps = range(kernelHeight * kernelWidth).map((tap) => {
    const corner = [Math.floor(tap / kernelWidth) * dilations[0], (tap % kernelWidth) * dilations[1]];
    return sampled(record, images, corner, [height, width], strides);
  });
  if (taps.length === 1) return record.reshape(taps[0], [c, positions]);
  const parts = taps.map((tap) => record.reshape(tap, [c, 1, positions]));
  const together = record.op('Concat', parts, [c, taps.length, positions], { attributes: { axis: 1 } });
  return record.reshape(together, [c * taps.length, positions]);
}

/** CHWN images by OIHW weights. */
function convolve(record: Recorder, x: Value, weight: Value, convolution: Convolution): Value {
  const [outputs, inputs, kernelHeight, kernelWidth] = weight.shape;
  const size = [outputLength(x, kernelHeight, 0, convolution), outputLength(x, kernelWidth, 1, convolution)];
  const shape = [outputs, ...size, x.shape[3]];
  const { strides, padding, dilations } = convolution;
  // Columns cannot be skipped where they stand in groups of n.
  if (strides[1] > 1 || isPointwise(weight.shape, convolution)) {
    const columns = columnsOf(record, x, weight.shape.slice(2), size, convolution);
    const rows = record.reshape(weight, [outputs, inputs * kernelHeight * kernelWidth]);
    return record.reshape(record.matMul(rows, columns), shape);
  }
  const n = x.shape[3];
  const [top, left, bottom, right] = padding;
  const y = record.op('Conv', [asOneImage(record, x), weight], [1, outputs, size[0], size[1] * n], {
    attributes: {
      strides: [strides[0], 1],
      pads: [top, left * n, bottom, right * n],
      dilations: [dilations[0], dilations[1] * n],
      group: 1,
      kernel_shape: [kernelHeight, kernelWidth],
    },
  });
  return record.reshape(y, shape);
}

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
function convolutionInputGradient(
  record: Recorder,
  dy: Value,
  weight: Value,
  inputShape: readonly number[],
  convolution: Convolution,
): Value {
  const [outputs, inputs, kernelHeight, kernelWidth] = weight.shape;
  const { strides, padding, dilations } = convolution;
  const [, height, width, n] = inputShape;
  if (isPointwise(weight.shape, convolution)) {
    const product = record.matMul(record.reshape(weight, [outputs, inputs]), rowsOf(record, dy), true);
    const sparse = record.reshape(product, [inputs, ...dy.shape.slice(1)]);
    return scattered(record, sparse, strides, [height, width]);
  }
  const [top, left, bottom, right] = padding;
  // With zeros in between, steps of one: as many rows and columns as give the input's back.
  const rows = height + top + bottom - dilations[0] * (kernelHeight - 1);
  const columns = width + left + right - dilations[1] * (kernelWidth - 1);
  const gradient = scattered(record, dy, strides, [rows, columns]);
  if (
    sizeOf(weight.shape) < sizeOf(inputShape) &&
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

/** The batch moved by some rows or columns; zeros come in, and what leaves is lost. */
function shifted(record: Recorder, x: Value, axis: 1 | 2, by: number): Value {
  if (by === 0) return x;
  const pads = [0, 0, 0, 0, 0, 0, 0, 0];
  pads[axis] = by;
  pads[axis + 4] = -by;
  return record.op('Pad', [x, record.ints(pads)], x.shape, { attributes: { mode: 'constant' } });
}

/** [c · shifts, h · w · n]: the batch at each shift, one below the other. */
function shiftedRows(record: Recorder, x: Value, axis: 1 | 2, shifts: readonly number[]): Value {
  const [channels, positions] = rowsOf(record, x).shape;
  if (shifts.length === 1) return rowsOf(record, shifted(record, x, axis, shifts[0]));
  const parts = shifts.map((by) => record.reshape(shifted(record, x, axis, by), [channels, 1, positions]));
  const together = record.op('Concat', parts, [channels, shifts.length, positions], {
    attributes: { axis: 1 },
  });
  return record.reshape(together, [channels * shifts.length, positions]);
}

/**
 * dWeight [O, I, kh, kw] of CHWN x and dy: the product of dy with what every tap saw.
 *
 * Where images keep their size, rows are shifted in x and columns in dy, which copies kh + kw batches instead of
 * kh · kw; the order of the result then costs a turn of the weights, so not where they are large.
 */
function convolutionWeightGradient(
  record: Recorder,
  x: Value,
  dy: Value,
  weightShape: readonly number[],
  convolution: Convolution,
): Value {
  const [outputs, inputs, kernelHeight, kernelWidth] = weightShape;
  const { strides, padding, dilations } = convolution;
  const sameSize =
    strides.every((by) => by === 1) && x.shape[1] === dy.shape[1] && x.shape[2] === dy.shape[2];
  if (sameSize && kernelHeight > 1 && kernelWidth > 1 && sizeOf(weightShape) < sizeOf(x.shape)) {
    const rows = range(kernelHeight).map((tap) => padding[0] - tap * dilations[0]);
    const columns = range(kernelWidth).map((tap) => tap * dilations[1] - padding[1]);
    const product = record.matMul(
      shiftedRows(record, dy, 2, columns),
      shiftedRows(record, x, 1, rows),
      false,
      true,
    );
    const split = record.reshape(product, [outputs, kernelWidth, inputs, kernelHeight]);
    return record.transpose(split, [0, 2, 3, 1]);
  }
  const columns = columnsOf(record, x, weightShape.slice(2), dy.shape.slice(1, 3), convolution);
  return record.reshape(record.matMul(rowsOf(record, dy), columns, false, true), weightShape);
}

type Shape4 = [number, number, number, number];

/** tfjs's attributes of a two-dimensional convolution, with its sizes worked out. */
function convolutionOf(
  record: Recorder,
  x: readonly number[],
  filter: readonly number[],
  attributes: Record<string, unknown>,
  depthwise = false,
): Convolution & { info: tf.backend_util.Conv2DInfo } {
  const given = attributes as {
    strides: number | [number, number];
    pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
    dataFormat?: 'NHWC' | 'NCHW';
    dilations?: number | [number, number];
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  };
  if ((given.dataFormat && given.dataFormat !== 'NHWC') || sizeOf(x) === 0) record.decline();
  const info = tf.backend_util.computeConv2DInfo(
    x as Shape4,
    filter as Shape4,
    given.strides,
    given.dilations ?? 1,
    given.pad,
    given.dimRoundingMode,
    depthwise,
    'channelsLast',
  );
  const { top, left, bottom, right } = info.padInfo;
  if (info.outHeight < 1 || info.outWidth < 1) record.decline();
  return {
    info,
    strides: [info.strideHeight, info.strideWidth],
    padding: [top, left, bottom, right],
    dilations: [info.dilationHeight, info.dilationWidth],
  };
}

/** HWIO to OIHW. */
const weightOf = (record: Recorder, filter: Value): Value => record.transpose(filter, [3, 2, 0, 1]);

const conv2d: NativeKernel = ({ x, filter }, attributes, record) => {
  const convolution = convolutionOf(record, x.shape, filter.shape, attributes);
  const [images, weight] = [record.value(x), record.value(filter)];
  if (images.type !== 'float32' || images.shape[3] !== weight.shape[2]) record.decline();
  const y = convolve(record, record.channelsFirst(images), weightOf(record, weight), convolution);
  const { outHeight, outWidth } = convolution.info;
  // tfjs may round sizes down where ONNX has one more; where it rounds up, there is nothing to take.
  if (y.shape[1] < outHeight || y.shape[2] < outWidth) record.decline();
  return record.channelsLast(record.slice(y, [0, 0, 0, 0], [y.shape[0], outHeight, outWidth, y.shape[3]]));
};

const conv2dInput: NativeKernel = ({ dy, filter }, attributes, record) => {
  const { inputShape } = attributes as unknown as { inputShape: number[] };
  const convolution = convolutionOf(record, inputShape, filter.shape, attributes);
  const [n, h, w, c] = inputShape;
  const { outHeight, outWidth } = convolution.info;
  const value = record.value(dy);
  if (value.shape[1] < outHeight || value.shape[2] < outWidth) record.decline();
  const used = record.slice(value, [0, 0, 0, 0], [n, outHeight, outWidth, value.shape[3]]);
  const weight = weightOf(record, record.value(filter));
  return record.channelsLast(
    convolutionInputGradient(record, record.channelsFirst(used), weight, [c, h, w, n], convolution),
  );
};

const conv2dFilter: NativeKernel = ({ x, dy }, attributes, record) => {
  const { filterShape } = attributes as unknown as { filterShape: number[] };
  const convolution = convolutionOf(record, x.shape, filterShape, attributes);
  const [h, w, inputs, outputs] = filterShape;
  const [images, gradient] = [record.channelsFirst(record.value(x)), record.channelsFirst(record.value(dy))];
  const weight = convolutionWeightGradient(record, images, gradient, [outputs, inputs, h, w], convolution);
  return record.transpose(weight, [2, 3, 1, 0]);
};

const depthwise: NativeKernel = ({ x, filter }, attributes, record) => {
  const { info, strides, padding, dilations } = convolutionOf(
    record,
    x.shape,
    filter.shape,
    attributes,
    true,
  );
  const images = record.transpose(record.value(x), [0, 3, 1, 2]);
  const weight = record.value(filter);
  const [h, w, inputs, multiplier] = weight.shape;
  const kernels = record.reshape(record.transpose(weight, [2, 3, 0, 1]), [inputs * multiplier, 1, h, w]);
  const size = ([0, 1] as const).map((axis) =>
    outputLength({ ...images, shape: images.shape.slice(1) }, weight.shape[axis], axis, {
      strides,
      padding,
      dilations,
    }),
  );
  const y = record.op('Conv', [images, kernels], [images.shape[0], inputs * multiplier, ...size], {
    attributes: { strides, pads: padding, dilations, group: inputs, kernel_shape: [h, w] },
  });
  return record.slice(record.transpose(y, [0, 2, 3, 1]), [0, 0, 0, 0], info.outShape);
};

/** Windows side by side, as a ViT's patches: [n, h, w, i · kh · kw] of NHWC images. */
function patchesOf(
  record: Recorder,
  x: Value,
  [, inputs, kernelHeight, kernelWidth]: readonly number[],
): Value {
  const [n, h, w] = x.shape;
  const grid = [Math.floor(h / kernelHeight), Math.floor(w / kernelWidth)];
  const whole = record.slice(x, [0, 0, 0, 0], [n, grid[0] * kernelHeight, grid[1] * kernelWidth, inputs]);
  const split = record.reshape(whole, [n, grid[0], kernelHeight, grid[1], kernelWidth, inputs]);
  const moved = record.transpose(split, [0, 1, 3, 5, 2, 4]);
  return record.reshape(moved, [n * grid[0] * grid[1], inputs * kernelHeight * kernelWidth]);
}

const isPatches = (
  { stride, padding }: ConvolutionKernelAttributes,
  [, , h, w]: readonly number[],
): boolean => padding === 0 && stride === h && stride === w && stride > 1;

const own = (attributes: unknown) => attributes as ConvolutionKernelAttributes;

const square = ({ stride, padding }: ConvolutionKernelAttributes): Convolution => ({
  strides: [stride, stride],
  padding: [padding, padding, padding, padding],
  dilations: [1, 1],
});

const ownConvolution: NativeKernel = ({ x, weight }, attributes, record) => {
  const [images, kernels] = [record.value(x), record.value(weight)];
  if (isPatches(own(attributes), weight.shape)) {
    const [n, h, w] = x.shape;
    const outputs = weight.shape[0];
    const patches = patchesOf(record, images, weight.shape);
    const rows = record.reshape(kernels, [outputs, patches.shape[1]]);
    const { stride } = own(attributes);
    return record.reshape(record.matMul(patches, rows, false, true), [
      n,
      Math.floor(h / stride),
      Math.floor(w / stride),
      outputs,
    ]);
  }
  return record.channelsLast(
    convolve(record, record.channelsFirst(images), kernels, square(own(attributes))),
  );
};

const ownInputGradient: NativeKernel = ({ dy, weight }, attributes, record) => {
  const [n, h, w, c] = own(attributes).inputShape!;
  const gradient = record.channelsFirst(record.value(dy));
  return record.channelsLast(
    convolutionInputGradient(record, gradient, record.value(weight), [c, h, w, n], square(own(attributes))),
  );
};

const ownWeightGradient: NativeKernel = ({ x, dy }, attributes, record) => {
  const { weightShape } = own(attributes);
  const [images, gradient] = [record.value(x), record.value(dy)];
  if (isPatches(own(attributes), weightShape!)) {
    const patches = patchesOf(record, images, weightShape!);
    const rows = record.reshape(gradient, [patches.shape[0], weightShape![0]]);
    return record.reshape(record.matMul(rows, patches, true), weightShape!);
  }
  return convolutionWeightGradient(
    record,
    record.channelsFirst(images),
    record.channelsFirst(gradient),
    weightShape!,
    square(own(attributes)),
  );
};

export const convolutionKernels: Record<string, NativeKernel> = {
  [tf.Conv2D]: conv2d,
  [tf.Conv2DBackpropInput]: conv2dInput,
  [tf.Conv2DBackpropFilter]: conv2dFilter,
  [tf.DepthwiseConv2dNative]: depthwise,
  [KERNELS.convolution]: ownConvolution,
  [KERNELS.convolutionInputGradient]: ownInputGradient,
  [KERNELS.convolutionWeightGradient]: ownWeightGradient,
};
