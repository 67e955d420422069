import { type HostTensor, isHostBackend, type TensorBackend } from '@excb/tensor';

/**
 * `matrix` `[rows, K]`, every entry times the scale of its row `[rows, 1]` and that of its column `[K, 1]`. Typed arrays are
 * written in place: the matrix must be the caller's own.
 */
export function scaleMatrix<T>(backend: TensorBackend<T>, matrix: T, rowScale: T, columnScale: T): T {
  if (!isHostBackend(backend)) {
    return backend.multiply(matrix, backend.matMul(rowScale, columnScale, { transposeB: true }));
  }
  const [{ data }, scales, weights] = [matrix, rowScale, columnScale] as HostTensor[];
  for (let row = 0; row < scales.data.length; row++) scaleRow(data, row, scales.data[row], weights.data);
  return matrix;
}

type Entries = HostTensor['data'];

function scaleRow(matrix: Entries, row: number, scale: number, weights: Entries): void {
  const at = row * weights.length;
  for (let k = 0; k < weights.length; k++) matrix[at + k] = matrix[at + k] * scale * weights[k];
}
