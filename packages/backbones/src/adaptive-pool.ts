/** Average weights `[to, from]` along one axis: bin i covers floor(i·from/to) to ceil((i+1)·from/to). */
function binWeights(from: number, to: number): number[][] {
  return Array.from({ length: to }, (_, bin) => {
    const start = Math.floor((bin * from) / to);
    const end = Math.ceil(((bin + 1) * from) / to);
    return Array.from({ length: from }, (_, i) => (i >= start && i < end ? 1 / (end - start) : 0));
  });
}

/**
 * Adaptive average pooling to `grid × grid` as a constant matrix `[height·width, grid·grid]`, to be multiplied
 * from the right onto pixels `[…, height·width]`. Where `grid` does not divide a side, bins overlap (as PyTorch's do).
 */
export function adaptivePoolMatrix(height: number, width: number, grid: number): Float32Array {
  const rows = binWeights(height, grid);
  const columns = binWeights(width, grid);
  const matrix = new Float32Array(height * width * grid * grid);
  let i = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (const row of rows) {
        for (const column of columns) matrix[i++] = row[y] * column[x];
      }
    }
  }
  return matrix;
}
