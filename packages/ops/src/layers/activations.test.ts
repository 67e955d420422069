import * as tf from '@tensorflow/tfjs-core';
import { it } from 'vitest';
import { expectClose, expectTensor } from '../../test/compare.ts';
import { describeEveryEngine } from '../../test/every-engine.ts';
import { distinct, expectGradients } from '../../test/finite-differences.ts';
import { noise } from '../../test/noise.ts';
import { gelu } from './gelu.ts';
import { relu } from './relu.ts';

/** Values of x·Φ(x), from a table of the normal distribution function to ten digits. */
const GELU: [number, number][] = [
  [-3, -3 * 0.0013498980316],
  [-1, -0.1586552539315],
  [-0.5, -0.5 * 0.308537538726],
  [0, 0],
  [0.25, 0.25 * 0.5987063256829],
  [1, 0.8413447460685],
  [2, 2 * 0.9772498680518],
  [10, 10],
];

describeEveryEngine('gelu', () => {
  it('is the exact form', () => {
    tf.tidy(() => {
      const x = tf.tensor1d(GELU.map(([at]) => at));
      const expected = GELU.map(([, value]) => value);
      expectClose(gelu(x).dataSync(), expected, 1e-6);
    });
  });

  it('differentiates', () => {
    tf.tidy(() => expectGradients((x) => gelu(x), [noise([3, 5], 1, 3)], { step: 1e-2, tolerance: 1e-3 }));
  });
});

describeEveryEngine('relu', () => {
  it.each([1, 4, 7, 19])('clips %i values and passes the gradient where they are positive', (count) => {
    tf.tidy(() => {
      const x = distinct([count]);
      const values = x.dataSync();
      expectTensor(
        relu(x),
        [count],
        values.map((value) => Math.max(value, 0)),
        0,
      );
      const dy = noise([count], 2);
      const weights = dy.dataSync();
      const expected = values.map((value, i) => (value > 0 ? weights[i] : 0));
      expectClose(
        tf
          .grad((v) => relu(v))(x, dy)
          .dataSync(),
        expected,
        0,
      );
    });
  });

  it('has gradient 0 at 0', () => {
    tf.tidy(() =>
      expectClose(
        tf
          .grad((v) => relu(v))(tf.zeros([5]))
          .dataSync(),
        new Float32Array(5),
        0,
      ),
    );
  });
});
