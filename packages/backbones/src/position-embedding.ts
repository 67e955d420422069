/** Free parameter of the cubic convolution kernel; −0.75 is what PyTorch's bicubic resize uses. */
const A = -0.75;

/** Cubic convolution kernel at distance `d` (Keys 1981). */
function cubic(d: number): number {
  const x = Math.abs(d);
  if (x <= 1) return ((A + 2) * x - (A + 3)) * x * x + 1;
  if (x < 2) return ((A * x - 5 * A) * x + 8 * A) * x - 4 * A;
  return 0;
}

/** Bicubic weights `[to, from]` along one axis; sources beyond the edge are the edge's. */
function axisWeights(from: number, to: number): number[][] {
  // DINO passes (side + 0.1) / side0 as the scale, and the source coordinate follows that very scale.
  const scale = (to + 0.1) / from;
  return Array.from({ length: to }, (_, target) => {
    const row = new Array<number>(from).fill(0);
    const source = (target + 0.5) / scale - 0.5;
    const first = Math.floor(source) - 1;
    for (let tap = first; tap < first + 4; tap++) {
      row[Math.min(Math.max(tap, 0), from - 1)] += cubic(source - tap);
    }
    return row;
  });
}

/**
 * The bicubic resize of a position embedding as a constant matrix, so that it is differentiable by any engine:
 * `[height·width, side·side]`, row-major, to be multiplied with the patches' embeddings `[side·side, D]`.
 * No antialiasing; scale factors (height + 0.1) / side and (width + 0.1) / side as in DINO.
 *
 * @param side patches along a side of the native square grid
 * @param height rows of patches wanted
 * @param width columns of patches wanted
 */
export function positionResizeMatrix(side: number, height: number, width: number): Float32Array {
  const rows = axisWeights(side, height);
  const columns = axisWeights(side, width);
  const matrix = new Float32Array(height * width * side * side);
  let i = 0;
  for (const row of rows) {
    for (const column of columns) {
      for (const a of row) {
        for (const b of column) matrix[i++] = a * b;
      }
    }
  }
  return matrix;
}
