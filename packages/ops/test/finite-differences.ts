import { grads, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { expectClose } from './compare.ts';
import { noiseValues } from './noise.ts';

export interface FiniteDifferenceOptions {
  /** Half the width of a difference. The truncation error grows with its square, float32 rounding falls with it. */
  step?: number;
  tolerance?: number;
}

/**
 * Compares the gradient of Σ weights·f(inputs), for fixed random weights, with central differences in every entry
 * of every input. The sum is taken in double precision.
 */
export function expectGradients(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: Tensor[],
  { step = 1e-2, tolerance = 2e-3 }: FiniteDifferenceOptions = {},
): void {
  tidy(() => {
    const y = f(...inputs);
    const weights = noiseValues(y.size, 97);
    const total = (points: Tensor[]): number => {
      const values = tidy(() => f(...points).dataSync());
      let sum = 0;
      for (let i = 0; i < values.length; i++) sum += values[i] * weights[i];
      return sum;
    };
    const analytic = grads(f)(inputs, tensor(weights, y.shape));
    inputs.forEach((input, position) => {
      const values = input.dataSync();
      const numeric = values.map((_, entry) =>
        tidy(() => {
          const at = (shift: number) => {
            const moved = Float32Array.from(values);
            moved[entry] += shift;
            const points = [...inputs];
            points[position] = tensor(moved, input.shape);
            return { sum: total(points), place: moved[entry] };
          };
          const [above, below] = [at(step), at(-step)];
          return (above.sum - below.sum) / (above.place - below.place);
        }),
      );
      expectClose(analytic[position].dataSync(), numeric, tolerance, `input ${position} `);
    });
  });
}

/** Values on a shuffled grid without ties and away from 0, for operations with kinks. */
export function distinct(shape: number[], seed = 1): Tensor {
  const count = shape.reduce((a, b) => a * b, 1);
  const order = Array.from(noiseValues(count, seed))
    .map((value, i) => ({ value, i }))
    .sort((a, b) => a.value - b.value);
  const values = new Float32Array(count);
  order.forEach(({ i }, rank) => {
    values[i] = (rank + 0.5 - Math.ceil(count / 2)) * 0.1;
  });
  return tensor(values, shape);
}
