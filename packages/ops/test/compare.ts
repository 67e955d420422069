import type { Tensor } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** The largest difference may be `tolerance` times the largest expected value (or times 1, if that is smaller). */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  label = '',
): void {
  expect(actual.length, `${label} length`).toBe(expected.length);
  let scale = 1;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]));
  let worst = -1;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    if (!(difference <= largest)) {
      worst = i;
      largest = difference;
      if (Number.isNaN(difference)) break;
    }
  }
  const at = worst < 0 ? '' : `[${worst}] = ${actual[worst]}, expected ${expected[worst]}`;
  expect(largest, `${label}${at}`).toBeLessThanOrEqual(tolerance * scale);
}

/** Reads a tensor, disposes of it, and compares. */
export function expectTensor(
  actual: Tensor,
  shape: number[],
  expected: ArrayLike<number>,
  tolerance: number,
): void {
  expect(actual.shape).toEqual(shape);
  expectClose(actual.dataSync(), expected, tolerance);
  actual.dispose();
}
