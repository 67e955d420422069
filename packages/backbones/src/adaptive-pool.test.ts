import { expect, it } from 'vitest';
import { adaptivePoolMatrix } from './adaptive-pool.ts';

it.each([
  [16, 16, 4],
  [8, 8, 4],
  [7, 5, 3],
  [2, 3, 4],
  [6, 6, 1],
])('adaptive pool of %i×%i to a grid of %i equals the mean over each bin', (height, width, grid) => {
  const pixels = Array.from({ length: height * width }, (_, i) => Math.cos(5 * i));
  const matrix = adaptivePoolMatrix(height, width, grid);
  for (let row = 0; row < grid; row++) {
    for (let column = 0; column < grid; column++) {
      let sum = 0;
      let count = 0;
      for (let y = Math.floor((row * height) / grid); y < Math.ceil(((row + 1) * height) / grid); y++) {
        for (let x = Math.floor((column * width) / grid); x < Math.ceil(((column + 1) * width) / grid); x++) {
          sum += pixels[y * width + x];
          count++;
        }
      }
      const cell = row * grid + column;
      const pooled = pixels.reduce((total, pixel, i) => total + pixel * matrix[i * grid * grid + cell], 0);
      expect(pooled).toBeCloseTo(sum / count, 5);
    }
  }
});
