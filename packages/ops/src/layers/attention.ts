import { type Tensor, matMul as tfjsMatMul, softmax as tfjsSoftmax } from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors/shape-error.ts';

/**
 * Matrix product over the last two axes, batched over the others: [..., m, k] · [..., k, n] → [..., m, n]. A
 * transposed factor is given as [..., k, m] or [..., n, k].
 *
 * @throws ShapeError where the inner sizes differ
 */
export function matMul(a: Tensor, b: Tensor, transposeA = false, transposeB = false): Tensor {
  const inner = a.shape[transposeA ? a.rank - 2 : a.rank - 1];
  const innerB = b.shape[transposeB ? b.rank - 1 : b.rank - 2];
  if (a.rank < 2 || b.rank < 2 || inner !== innerB) {
    throw new ShapeError(
      'matMul',
      `[${a.shape}]${transposeA ? ' transposed' : ''} · [${b.shape}]${transposeB ? ' transposed' : ''}`,
      'two matrices (or batches of them) with the same inner size',
    );
  }
  return tfjsMatMul(a, b, transposeA, transposeB);
}

/** Softmax over the last axis. */
export function softmax<T extends Tensor>(x: T): T {
  return tfjsSoftmax(x);
}
