/**
 * Images are NHWC in tfjs. Here they are CHWN while they go from one image operator to the next: a batch is then one
 * image of C channels whose columns are W groups of N, so that a convolution over the batch is one over that image
 * with its columns dilated by N, every 1×1 convolution is one matrix product, statistics of a channel are those of
 * one row, and a window's part of the image is made of runs of N. The two operators exist only in recorded graphs.
 */
export const TO_CHANNELS_FIRST = 'ToChannelsFirst';
export const TO_CHANNELS_LAST = 'ToChannelsLast';

/** Either way it is the same permutation. */
export const SWAP_ENDS: readonly number[] = [3, 1, 2, 0];

export const swapEnds = (shape: readonly number[]): number[] => SWAP_ENDS.map((axis) => shape[axis]);
