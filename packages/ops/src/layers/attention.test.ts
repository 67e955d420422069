import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { expectTensor } from '../../test/compare.ts';
import { describeEveryEngine } from '../../test/every-engine.ts';
import { expectGradients } from '../../test/finite-differences.ts';
import { noise } from '../../test/noise.ts';
import { ShapeError } from '../errors/shape-error.ts';
import { matMul, softmax } from './attention.ts';

const FLAGS = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;

const SIZES = [
  { batch: [], rows: 5, inner: 3, columns: 7 },
  { batch: [2, 3], rows: 9, inner: 8, columns: 4 },
  { batch: [2], rows: 1, inner: 6, columns: 17 },
  { batch: [3], rows: 130, inner: 33, columns: 65 },
];

describeEveryEngine('matMul', () => {
  it.each(SIZES.flatMap((size) => FLAGS.map((flags) => [size, ...flags] as const)))(
    'multiplies %j, transposed %s %s',
    ({ batch, rows, inner, columns }, transposeA, transposeB) => {
      tf.tidy(() => {
        const a = noise([...batch, ...(transposeA ? [inner, rows] : [rows, inner])]);
        const b = noise([...batch, ...(transposeB ? [columns, inner] : [inner, columns])], 2);
        const [as, bs] = [a.dataSync(), b.dataSync()];
        const expected: number[] = [];
        for (let i = 0; i < batch.reduce((x, y) => x * y, 1); i++)
          for (let r = 0; r < rows; r++)
            for (let c = 0; c < columns; c++) {
              let sum = 0;
              for (let k = 0; k < inner; k++) {
                const left = transposeA ? k * rows + r : r * inner + k;
                const right = transposeB ? c * inner + k : k * columns + c;
                sum += as[i * rows * inner + left] * bs[i * inner * columns + right];
              }
              expected.push(sum);
            }
        expectTensor(matMul(a, b, transposeA, transposeB), [...batch, rows, columns], expected, 2e-6);
      });
    },
  );

  it('refuses inner sizes that differ', () => {
    tf.tidy(() => {
      expect(() => matMul(noise([2, 3]), noise([2, 3]))).toThrow(ShapeError);
      expect(() => matMul(noise([2, 3]), noise([2, 3]), false, true)).not.toThrow();
      expect(() => matMul(noise([2, 3]), noise([4, 3]), true, true)).toThrow(
        /\[2,3\] transposed · \[4,3\] transposed/,
      );
    });
  });
});

describeEveryEngine('softmax', () => {
  it('is over the last axis, and safe for large values', () => {
    tf.tidy(() => {
      const x = tf.tensor3d([1, 2, 3, 1000, 999, -1000], [1, 2, 3]);
      const [first, second] = [
        [1, 2, 3],
        [1000, 999, -1000],
      ].map((row) => {
        const exponentials = row.map((value) => Math.exp(value - Math.max(...row)));
        const total = exponentials.reduce((a, b) => a + b);
        return exponentials.map((value) => value / total);
      });
      expectTensor(softmax(x), [1, 2, 3], [...first, ...second], 1e-6);
    });
  });

  it('differentiates', () => {
    tf.tidy(() => expectGradients((x) => softmax(x), [noise([2, 2, 4])], { step: 1e-2 }));
  });
});
