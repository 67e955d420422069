import type { Value } from '../../graph/graph.ts';
import type { Recorder } from '../recorder.ts';
import { inBlocks, isWorthBlocks, toBlocks, weightToBlocks } from './blocks.ts';
import { columnsOf } from './columns.ts';
import { asOneImage, type Convolution, isPointwise, outputLength } from './geometry.ts';

/** CHWN images by OIHW weights. */
export function convolve(record: Recorder, x: Value, weight: Value, convolution: Convolution): Value {
  const [outputs, inputs, kernelHeight, kernelWidth] = weight.shape;
  const size = [outputLength(x, kernelHeight, 0, convolution), outputLength(x, kernelWidth, 1, convolution)];
  const shape = [outputs, ...size, x.shape[3]];
  const { strides, padding, dilations } = convolution;
  if (isWorthBlocks(weight.shape, convolution)) {
    const { images } = toBlocks(record, x, weight.shape, size, convolution);
    return convolve(record, images, weightToBlocks(record, weight, convolution), inBlocks);
  }
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
