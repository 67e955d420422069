import * as tf from '@tensorflow/tfjs-core';
import { hostValue, type Value } from '../graph/graph.ts';
import { type NativeKernel, range } from './recorder.ts';
import { channelsBack, channelsSecond } from './windows.ts';

interface Sampling {
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

interface ResizeAttributes extends Sampling {
  size: [number, number];
}

/** Where each of `to` pixels stands among `from` pixels. */
function positions(from: number, to: number, { alignCorners, halfPixelCenters }: Sampling): number[] {
  const edges = alignCorners && to > 1 ? 1 : 0;
  const ratio = (from - edges) / (to - edges);
  return range(to).map((i) => ratio * (halfPixelCenters ? i + 0.5 : i));
}

function nearest(from: number, to: number, sampling: Sampling): number[] {
  const round = sampling.alignCorners ? Math.round : Math.floor;
  return positions(from, to, sampling).map((at) => Math.max(0, Math.min(from - 1, round(at))));
}

/** The two pixels that each is between, and the weight of the second. */
function neighbours(from: number, to: number, sampling: Sampling): [number, number, number][] {
  const half = sampling.halfPixelCenters ? 0.5 : 0;
  return positions(from, to, sampling).map((position) => {
    const at = Math.max(0, position - half);
    const low = Math.min(from - 1, Math.floor(at));
    return [low, Math.min(from - 1, low + 1), at - low];
  });
}

/** [from, to]: how much of each pixel of dy goes to each pixel of x. */
function shares(from: number, to: number, sampling: Sampling, bilinear: boolean): Value {
  const matrix = new Float32Array(from * to);
  if (bilinear) {
    neighbours(from, to, sampling).forEach(([low, high, weight], i) => {
      matrix[low * to + i] += 1 - weight;
      matrix[high * to + i] += weight;
    });
  } else {
    nearest(from, to, sampling).forEach((low, i) => {
      matrix[low * to + i] = 1;
    });
  }
  return hostValue(matrix, [from, to], 'float32');
}

const bilinear: NativeKernel = ({ images }, attributes, record) => {
  const { size, alignCorners, halfPixelCenters } = attributes as unknown as ResizeAttributes;
  const x = channelsSecond(record, record.cast(record.value(images), 'float32'));
  const shape = [...x.shape.slice(0, 2), ...size];
  const centres = halfPixelCenters ? 'half_pixel' : 'asymmetric';
  const y = record.op('Resize', [x, undefined, undefined, record.ints(shape)], shape, {
    attributes: {
      mode: 'linear',
      coordinate_transformation_mode: alignCorners ? 'align_corners' : centres,
    },
  });
  return channelsBack(record, y);
};

const nearestNeighbor: NativeKernel = ({ images }, attributes, record) => {
  const { size, ...sampling } = attributes as unknown as ResizeAttributes;
  let value = record.value(images);
  size.forEach((to, i) => {
    const axis = i + 1;
    const places = Int32Array.from(nearest(value.shape[axis], to, sampling));
    const shape = value.shape.map((length, j) => (j === axis ? to : length));
    value = record.op('Gather', [value, hostValue(places, [to], 'int32')], shape, { attributes: { axis } });
  });
  return value;
};

/** Both ways of resizing are a matrix product along each axis: backwards, by the matrices turned over. */
const gradientOf =
  (isBilinear: boolean): NativeKernel =>
  ({ images, dy }, attributes, record) => {
    const sampling = attributes as unknown as Sampling;
    const [n, height, width, c] = images.shape;
    const [, h, w] = dy.shape;
    const [rows, columns] = [shares(height, h, sampling, isBilinear), shares(width, w, sampling, isBilinear)];
    const lines = record.reshape(record.value(dy), [n * h, w, c]);
    const across = record.matMul(columns, lines);
    const down = record.matMul(rows, record.reshape(across, [n, h, width * c]));
    return record.reshape(down, [n, height, width, c]);
  };

const cropAndResize: NativeKernel = ({ image, boxes, boxInd }, attributes, record) => {
  const { cropSize, method, extrapolationValue } = attributes as unknown as {
    cropSize: [number, number];
    method: 'bilinear' | 'nearest';
    extrapolationValue: number;
  };
  const x = channelsSecond(record, record.cast(record.value(image), 'float32'));
  const frames = record.cast(record.value(boxes), 'float32');
  const which = record.cast(record.value(boxInd), 'int32');
  if (frames.shape[0] === 0) record.decline();
  const size = hostValue(Int32Array.from(cropSize), [2], 'int32');
  const shape = [frames.shape[0], x.shape[1], ...cropSize];
  const crops = record.op('CropAndResize', [x, frames, which, size], shape, {
    domain: 'com.microsoft',
    attributes: { mode: method, extrapolation_value: { float: extrapolationValue } },
  });
  return channelsBack(record, crops);
};

export const resizeKernels: Record<string, NativeKernel> = {
  [tf.ResizeBilinear]: bilinear,
  [tf.ResizeBilinearGrad]: gradientOf(true),
  [tf.ResizeNearestNeighbor]: nearestNeighbor,
  [tf.ResizeNearestNeighborGrad]: gradientOf(false),
  [tf.CropAndResize]: cropAndResize,
};
