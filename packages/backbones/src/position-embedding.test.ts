import { describe, expect, it } from 'vitest';
import { positionResizeMatrix } from './position-embedding.ts';

/** One resized value by the textbook formula: 16 taps around the source point, indices clamped to the grid. */
function bicubic(grid: number[][], y: number, x: number): number {
  const kernel = (d: number) => {
    const t = Math.abs(d);
    const a = -0.75;
    if (t < 1) return (a + 2) * t ** 3 - (a + 3) * t ** 2 + 1;
    return t < 2 ? a * t ** 3 - 5 * a * t ** 2 + 8 * a * t - 4 * a : 0;
  };
  const side = grid.length;
  const clamp = (i: number) => Math.max(0, Math.min(side - 1, i));
  let sum = 0;
  for (let i = Math.floor(y) - 1; i <= Math.floor(y) + 2; i++) {
    for (let j = Math.floor(x) - 1; j <= Math.floor(x) + 2; j++) {
      sum += kernel(y - i) * kernel(x - j) * grid[clamp(i)][clamp(j)];
    }
  }
  return sum;
}

describe('position embedding resize', () => {
  it.each([
    [4, 2, 2],
    [4, 6, 3],
    [3, 1, 7],
    [1, 2, 2],
    [14, 6, 6],
  ])('from %i×itself to %i×%i equals the loop', (side, height, width) => {
    const grid = Array.from({ length: side }, (_, i) =>
      Array.from({ length: side }, (_, j) => Math.sin(3 * i + 7 * j)),
    );
    const flat = grid.flat();
    const matrix = positionResizeMatrix(side, height, width);
    expect(matrix.length).toBe(height * width * side * side);
    for (let i = 0; i < height * width; i++) {
      const row = matrix.subarray(i * flat.length, (i + 1) * flat.length);
      const value = row.reduce((sum, weight, k) => sum + weight * flat[k], 0);
      const y = ((Math.floor(i / width) + 0.5) * side) / (height + 0.1) - 0.5;
      const x = (((i % width) + 0.5) * side) / (width + 0.1) - 0.5;
      expect(value).toBeCloseTo(bicubic(grid, y, x), 5);
      expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
    }
  });
});
