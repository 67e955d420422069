import { describe, expect, it } from 'vitest';
import { backwardTaps, forwardTaps } from './axis-taps.ts';

describe('taps along an axis', () => {
  const axis = { input: 5, output: 3, kernel: 3, stride: 2, padding: 1 };

  it('leave out the padding', () => {
    expect(forwardTaps(axis).map((taps) => taps.map(({ tap, source }) => [tap, source]))).toEqual([
      [
        [1, 0],
        [2, 1],
      ],
      [
        [0, 1],
        [1, 2],
        [2, 3],
      ],
      [
        [0, 3],
        [1, 4],
      ],
    ]);
  });

  it('are turned round for the gradient, in the order of the kernel', () => {
    expect(backwardTaps(axis).map((taps) => taps.map(({ tap, source }) => [tap, source]))).toEqual([
      [[1, 0]],
      [
        [0, 1],
        [2, 0],
      ],
      [[1, 1]],
      [
        [0, 2],
        [2, 1],
      ],
      [[1, 2]],
    ]);
  });
});
