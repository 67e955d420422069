import { expectMatrix, showShape } from './host-shape.ts';
import { ShapeError } from './shape-error.ts';
import type { HostTensor, MatMulOptions } from './tensor-backend.ts';

type Entries = Float32Array | Int32Array;

/** Columns whose sums are worked on at a time: in double precision they take 16 kB, and stay in the processor's cache. */
const BLOCK = 2048;

/** The matrix `[rows, columns]` as `[columns, rows]`. */
function transposed(data: Entries, rows: number, columns: number): Entries {
  if (rows === 1 || columns === 1) return data;
  const result = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = data[i * columns + j];
  }
  return result;
}

/** x `[rows, depth]` by y `[depth, columns]`: rows of y are added up, so that both are read as they lie. */
function addRows(x: Entries, y: Entries, rows: number, columns: number): Float32Array {
  const depth = x.length / rows;
  const result = new Float32Array(rows * columns);
  const sums = new Float64Array(Math.min(BLOCK, columns));
  for (let first = 0; first < columns; first += BLOCK) {
    const width = Math.min(BLOCK, columns - first);
    for (let i = 0; i < rows; i++) {
      sums.fill(0);
      let k = 0;
      for (; k + 3 < depth; k += 4) {
        const at = i * depth + k;
        const x0 = x[at];
        const x1 = x[at + 1];
        const x2 = x[at + 2];
        const x3 = x[at + 3];
        const from0 = k * columns + first;
        const from1 = from0 + columns;
        const from2 = from1 + columns;
        const from3 = from2 + columns;
        for (let j = 0; j < width; j++) {
          sums[j] = sums[j] + x0 * y[from0 + j] + x1 * y[from1 + j] + x2 * y[from2 + j] + x3 * y[from3 + j];
        }
      }
      for (; k < depth; k++) {
        const value = x[i * depth + k];
        const from = k * columns + first;
        for (let j = 0; j < width; j++) sums[j] += value * y[from + j];
      }
      for (let j = 0; j < width; j++) result[i * columns + first + j] = sums[j];
    }
  }
  return result;
}

/** x `[rows, depth]` by the transposed y `[columns, depth]`: every entry is a dot product of two runs of memory. */
function dotRows(x: Entries, y: Entries, rows: number, columns: number): Float32Array {
  const depth = x.length / rows;
  const result = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const at = i * depth;
    let j = 0;
    for (; j + 3 < columns; j += 4) {
      const first = j * depth;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let k = 0; k < depth; k++) {
        const value = x[at + k];
        s0 += value * y[first + k];
        s1 += value * y[first + depth + k];
        s2 += value * y[first + 2 * depth + k];
        s3 += value * y[first + 3 * depth + k];
      }
      result[i * columns + j] = s0;
      result[i * columns + j + 1] = s1;
      result[i * columns + j + 2] = s2;
      result[i * columns + j + 3] = s3;
    }
    for (; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < depth; k++) sum += x[at + k] * y[j * depth + k];
      result[i * columns + j] = sum;
    }
  }
  return result;
}

/** Sums run over the common axis in its order and in double precision, whichever way the matrices are read. */
export function matMul(
  a: HostTensor,
  b: HostTensor,
  { transposeA = false, transposeB = false }: MatMulOptions = {},
): HostTensor {
  expectMatrix('matMul', 'the first', a);
  expectMatrix('matMul', 'the second', b);
  const [depth, rows] = transposeA ? a.shape : [a.shape[1], a.shape[0]];
  const [columns, depthRight] = transposeB ? b.shape : [b.shape[1], b.shape[0]];
  if (depth !== depthRight) {
    throw new ShapeError(
      `matMul: shapes ${showShape(a.shape)} and ${showShape(b.shape)} share no axis (${depth} against ${depthRight}): see transposeA and transposeB`,
    );
  }
  const shape = [rows, columns];
  if (columns === 1) {
    // A row by the transposed matrix has the same entries.
    const data = transposeA ? addRows(b.data, a.data, 1, rows) : dotRows(b.data, a.data, 1, rows);
    return { data, shape };
  }
  const left = transposeA ? transposed(a.data, depth, rows) : a.data;
  return { data: (transposeB ? dotRows : addRows)(left, b.data, rows, columns), shape };
}
