import { BatchMatMul, type GradConfig, matMul } from '@tensorflow/tfjs-core';
import { gradient, sumTo } from './gradient-table.ts';

interface MatMulAttributes {
  transposeA: boolean;
  transposeB: boolean;
}

export const matrixGradients: GradConfig[] = [
  gradient<MatMulAttributes>(
    BatchMatMul,
    { inputsToSave: ['a', 'b'] },
    ({ dy, saved: [a, b], attributes: { transposeA, transposeB } }) => ({
      a: () =>
        sumTo(transposeA ? matMul(b, dy, transposeB, true) : matMul(dy, b, false, !transposeB), a.shape),
      b: () =>
        sumTo(transposeB ? matMul(dy, a, true, transposeA) : matMul(a, dy, !transposeA, false), b.shape),
    }),
  ),
];
