import { expect, it } from 'vitest';
import { golden } from './golden.ts';
import { hashSigned, hashUniform } from './hash-generator.ts';

const file = golden('rng_selftest');

it.each(file.cases as { stream: number; u: number[]; r: number[]; u_at_1000000: number }[])(
  'hash generator reproduces stream $stream',
  ({ stream, u, r, u_at_1000000 }) => {
    expect(u.length).toBeGreaterThan(0);
    u.forEach((expected, i) => {
      expect(hashUniform(stream, i)).toBeCloseTo(expected, 11);
    });
    r.forEach((expected, i) => {
      expect(hashSigned(stream, i)).toBeCloseTo(expected, 11);
    });
    expect(hashUniform(stream, 1_000_000)).toBeCloseTo(u_at_1000000, 11);
  },
);
