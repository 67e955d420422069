/**
 * Copies `rows` vectors of length `size` from `source` (starting at vector `sourceRow`) to `target` (starting at
 * vector `targetRow`), each divided by its L2 norm. A vector of zeros stays zero: its cosine with anything is 0.
 *
 * @returns -1, or the first source vector that is not finite (the copy stops there)
 */
export function normaliseRows(
  source: Float32Array,
  sourceRow: number,
  target: Float32Array,
  targetRow: number,
  rows: number,
  size: number,
): number {
  for (let row = 0; row < rows; row++) {
    const from = (sourceRow + row) * size;
    const to = (targetRow + row) * size;
    let squares = 0;
    for (let d = 0; d < size; d++) squares += source[from + d] * source[from + d];
    if (!Number.isFinite(squares)) return sourceRow + row;
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let d = 0; d < size; d++) target[to + d] = source[from + d] * scale;
  }
  return -1;
}
