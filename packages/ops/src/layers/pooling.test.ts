import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { expectClose, expectTensor } from '../../test/compare.ts';
import { describeEveryEngine } from '../../test/every-engine.ts';
import { distinct, expectGradients } from '../../test/finite-differences.ts';
import { noise } from '../../test/noise.ts';
import { ShapeError } from '../errors/shape-error.ts';
import { globalAveragePool, maxPool, type PoolOptions } from './pooling.ts';

/** Value and first position of the largest entry of every window. */
function reference(x: tf.Tensor, { size, stride = size, padding = 0 }: PoolOptions) {
  const [n, h, w, c] = x.shape as number[];
  const xs = x.dataSync();
  const places: number[] = [];
  const outputs = (length: number) => Math.floor((length + 2 * padding - size) / stride) + 1;
  for (let b = 0; b < n; b++)
    for (let oy = 0; oy < outputs(h); oy++)
      for (let ox = 0; ox < outputs(w); ox++)
        for (let channel = 0; channel < c; channel++) {
          let place = -1;
          for (let ky = 0; ky < size; ky++)
            for (let kx = 0; kx < size; kx++) {
              const [iy, ix] = [oy * stride + ky - padding, ox * stride + kx - padding];
              if (iy < 0 || ix < 0 || iy >= h || ix >= w) continue;
              const at = ((b * h + iy) * w + ix) * c + channel;
              if (place < 0 || xs[at] > xs[place]) place = at;
            }
          places.push(place);
        }
  return { shape: [n, outputs(h), outputs(w), c], places, values: places.map((place) => xs[place]) };
}

const OPTIONS: [PoolOptions, number[]][] = [
  [{ size: 3, stride: 2, padding: 1 }, [2, 7, 6, 3]],
  [{ size: 2 }, [3, 4, 5, 9]],
  [{ size: 3, stride: 1, padding: 1 }, [1, 3, 4, 4]],
  [{ size: 1, stride: 2 }, [2, 3, 3, 2]],
];

describeEveryEngine('maxPool', () => {
  it.each(OPTIONS)('takes the largest of every window of %j on %j', (options, shape) => {
    tf.tidy(() => {
      // All negative: padding with zeros would show.
      const x = tf.sub(noise(shape), 2);
      const expected = reference(x, options);
      expectTensor(maxPool(x, options), expected.shape, expected.values, 0);
    });
  });

  it.each(OPTIONS)('differentiates %j on %j', (options, shape) => {
    tf.tidy(() => {
      const x = distinct([1, ...shape.slice(1)]);
      expectGradients((v) => maxPool(v, options), [x], { step: 0.02, tolerance: 1e-4 });
    });
  });

  it.each(OPTIONS)('gives the gradient of ties to the first, for %j on %j', (options, shape) => {
    tf.tidy(() => {
      const x = tf.round(tf.mul(noise(shape), 1.2));
      const expected = reference(x, options);
      const dy = noise(expected.shape, 2);
      const dx = new Float64Array(x.size);
      dy.dataSync().forEach((value, i) => {
        dx[expected.places[i]] += value;
      });
      expectClose(
        tf
          .grad((v) => maxPool(v, options))(x, dy)
          .dataSync(),
        dx,
        1e-6,
      );
    });
  });

  it('refuses what is no batch of images, and padding of more than half a window', () => {
    tf.tidy(() => {
      expect(() => maxPool(noise([4, 4, 2]), { size: 2 })).toThrow(ShapeError);
      expect(() => maxPool(noise([1, 4, 4, 2]), { size: 3, padding: 2 })).toThrow(/padding 2 with size 3/);
    });
  });
});

describeEveryEngine('globalAveragePool', () => {
  it('takes the mean over the positions', () => {
    tf.tidy(() => {
      const x = noise([2, 3, 5, 6]);
      const expected = new Float64Array(12);
      x.dataSync().forEach((value, i) => {
        expected[Math.floor(i / 90) * 6 + (i % 6)] += value / 15;
      });
      expectTensor(globalAveragePool(x), [2, 6], expected, 1e-6);
    });
  });

  it('differentiates', () => {
    tf.tidy(() =>
      expectGradients((x) => globalAveragePool(x), [noise([2, 2, 3, 3])], { step: 0.25, tolerance: 1e-4 }),
    );
  });

  it('refuses what is no batch of images', () => {
    tf.tidy(() => {
      expect(() => globalAveragePool(noise([4, 4, 2]))).toThrow(/\[4,4,2\], expected \[images/);
    });
  });
});
