import { expect } from 'vitest';

/** A tensor of a golden file: row-major data. */
export interface GoldenTensor {
  shape: number[];
  data: number[];
}

/** A checksum of a golden file: sums in double precision, the first values, the authors' own noise. */
export interface GoldenChecksum {
  shape: number[];
  sum: number;
  sumsq: number;
  first: number[];
  noise?: number;
}

/** Every entry within `absolute + relative·|expected|`; the message names the worst one. */
export function expectTensor(
  actual: ArrayLike<number>,
  expected: { data: ArrayLike<number> },
  absolute: number,
  label: string,
  relative = 0,
): void {
  expect(actual.length, `${label}: number of values`).toBe(expected.data.length);
  let worst = -1;
  let excess = 0;
  for (let i = 0; i < actual.length; i++) {
    const allowed = absolute + relative * Math.abs(expected.data[i]);
    const ratio = Math.abs(actual[i] - expected.data[i]) / Math.max(allowed, Number.MIN_VALUE);
    if (!(ratio <= 1) && !(ratio <= excess)) {
      worst = i;
      excess = ratio;
    }
  }
  const message =
    worst < 0
      ? ''
      : `${label}[${worst}] = ${actual[worst]}, expected ${expected.data[worst]} (${excess} times the tolerance ${absolute})`;
  expect(worst, message).toBe(-1);
}

/**
 * Shape size, sum, sum of squares and first values against a checksum. With entries off by at most `absolute`
 * each, the sum is off by about √n·absolute and, by Cauchy-Schwarz, the sum of squares by 2·√(n·sumsq)·absolute;
 * both are given the float32 rounding of the file's nine digits on top.
 */
export function expectChecksum(
  actual: ArrayLike<number>,
  expected: GoldenChecksum,
  absolute: number,
  label: string,
): void {
  const count = expected.shape.reduce((a, b) => a * b, 1);
  expect(actual.length, `${label}: number of values`).toBe(count);
  expectTensor(
    Array.from({ length: expected.first.length }, (_, i) => actual[i]),
    { data: expected.first },
    absolute,
    `${label}.first`,
  );
  let sum = 0;
  let sumsq = 0;
  for (let i = 0; i < actual.length; i++) {
    sum += actual[i];
    sumsq += actual[i] * actual[i];
  }
  const written = 1e-8;
  expectTensor([sum], { data: [expected.sum] }, Math.sqrt(count) * absolute, `${label}.sum`, written);
  const squares = 2 * Math.sqrt(count * expected.sumsq) * absolute + count * absolute * absolute;
  expectTensor([sumsq], { data: [expected.sumsq] }, squares, `${label}.sumsq`, written);
}
