import { type Tensor, tensor } from '@tensorflow/tfjs-core';

/** Reproducible values in [-1, 1), by a 32-bit mixing of the index (xorshift-multiply). */
export function noiseValues(count: number, seed = 1): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    let h = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(seed, 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
    h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
    return ((h ^ (h >>> 16)) >>> 0) / 2 ** 31 - 1;
  });
}

/** A tensor of such values times `scale`, plus `offset`. */
export function noise(shape: number[], seed = 1, scale = 1, offset = 0): Tensor {
  const values = noiseValues(
    shape.reduce((a, b) => a * b, 1),
    seed,
  );
  return tensor(
    values.map((value) => value * scale + offset),
    shape,
  );
}
