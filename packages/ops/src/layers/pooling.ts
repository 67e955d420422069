import {
  mean,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  maxPool as tfjsMaxPool,
} from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors/shape-error.ts';

/** Settings of `maxPool`. */
export interface PoolOptions {
  /** Side of the square window. */
  size: number;
  /** Default: the size. */
  stride?: number;
  /** Rows and columns around the image that never win. At most half the size. Default 0. */
  padding?: number;
}

function checkImages(operation: string, x: Tensor): void {
  if (x.rank !== 4) {
    throw new ShapeError(operation, `an input of shape [${x.shape}]`, '[images, height, width, channels]');
  }
}

/**
 * The largest value of every window of NHWC images [n, h, w, c]; the padding counts as −∞, sizes round down.
 *
 * @throws ShapeError where x is no batch of images, or the padding is more than half the window
 */
export function maxPool(x: Tensor, { size, stride = size, padding = 0 }: PoolOptions): Tensor4D {
  checkImages('maxPool', x);
  if (padding * 2 > size)
    throw new ShapeError('maxPool', `padding ${padding} with size ${size}`, 'at most half the size');
  return tfjsMaxPool(x as Tensor4D, size, stride, padding);
}

/**
 * Mean over all positions of NHWC images: [n, h, w, c] → [n, c].
 *
 * @throws ShapeError where x is no batch of images
 */
export function globalAveragePool(x: Tensor): Tensor2D {
  checkImages('globalAveragePool', x);
  return mean(x, [1, 2]);
}
