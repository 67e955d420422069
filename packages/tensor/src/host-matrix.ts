import { expectMatrix, showShape } from './host-shape.ts';
import { ShapeError } from './shape-error.ts';
import type { HostTensor, MatMulOptions } from './tensor-backend.ts';

function transposed(t: HostTensor): HostTensor {
  const [rows, columns] = t.shape;
  const data = new Float32Array(t.data.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) data[j * rows + i] = t.data[i * columns + j];
  }
  return { data, shape: [columns, rows] };
}

/** Both are brought to rows of the common axis, so that every entry is a dot product of two runs of memory. */
export function matMul(a: HostTensor, b: HostTensor, options: MatMulOptions = {}): HostTensor {
  expectMatrix('matMul', 'the first', a);
  expectMatrix('matMul', 'the second', b);
  const left = options.transposeA ? transposed(a) : a;
  const right = options.transposeB ? b : transposed(b);
  const [rows, depth] = left.shape;
  const [columns, depthRight] = right.shape;
  if (depth !== depthRight) {
    throw new ShapeError(
      `matMul: shapes ${showShape(a.shape)} and ${showShape(b.shape)} share no axis (${depth} against ${depthRight}): see transposeA and transposeB`,
    );
  }
  const x = left.data;
  const y = right.data;
  const data = new Float32Array(rows * columns);
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
      data[i * columns + j] = s0;
      data[i * columns + j + 1] = s1;
      data[i * columns + j + 2] = s2;
      data[i * columns + j + 3] = s3;
    }
    for (; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < depth; k++) sum += x[at + k] * y[j * depth + k];
      data[i * columns + j] = sum;
    }
  }
  return { data, shape: [rows, columns] };
}
