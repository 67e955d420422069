import { describe, expect, it } from 'vitest';
import { initialValues } from './initialise.ts';

function moments(values: Float32Array) {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

describe('starting values', () => {
  const n = 100_000;

  it('are normal with the deviation asked for', () => {
    const values = initialValues({ kind: 'normal', deviation: 0.5 }, [n], 1, 'w');
    const { mean, deviation } = moments(values);
    // Five standard errors.
    expect(Math.abs(mean)).toBeLessThan((5 * 0.5) / Math.sqrt(n));
    expect(Math.abs(deviation - 0.5)).toBeLessThan((5 * 0.5) / Math.sqrt(2 * n));
    const beyond = values.filter((value) => Math.abs(value) > 1).length;
    expect(Math.abs(beyond - 0.0455 * n)).toBeLessThan(5 * Math.sqrt(0.0455 * n));
  });

  it('are cut at the absolute bound', () => {
    const values = initialValues({ kind: 'truncatedNormal', deviation: 1, bound: 0.5 }, [n], 1, 'w');
    expect(values.every((value) => Math.abs(value) <= 0.5)).toBe(true);
    // Deviation of a standard normal cut at ±0.5.
    expect(moments(values).deviation).toBeCloseTo(0.2842, 2);
  });

  it('are uniform within the bound', () => {
    const values = initialValues({ kind: 'uniform', bound: 3 }, [n], 1, 'w');
    expect(values.every((value) => Math.abs(value) <= 3)).toBe(true);
    expect(moments(values).deviation).toBeCloseTo(Math.sqrt(3), 1);
  });

  it('are rows of unit length', () => {
    const values = initialValues({ kind: 'unitRows' }, [50, 7], 1, 'w');
    for (let row = 0; row < 50; row++) {
      expect(Math.hypot(...values.subarray(row * 7, row * 7 + 7))).toBeCloseTo(1, 6);
    }
    expect(Math.abs(moments(values).mean)).toBeLessThan(5 / Math.sqrt(350 * 7));
  });

  it('depend on seed and name, and on nothing else', () => {
    const draw = (seed: number, name: string) =>
      initialValues({ kind: 'normal', deviation: 1 }, [64], seed, name);
    expect(draw(3, 'a.weight')).toEqual(draw(3, 'a.weight'));
    expect(draw(3, 'a.weight')).not.toEqual(draw(4, 'a.weight'));
    expect(draw(3, 'a.weight')).not.toEqual(draw(3, 'b.weight'));
  });

  it('are unrelated between streams', () => {
    const [a, b] = [0, 1].map((seed) => initialValues({ kind: 'normal', deviation: 1 }, [n], seed, 'w'));
    const correlation = a.reduce((sum, value, i) => sum + value * b[i], 0) / n;
    expect(Math.abs(correlation)).toBeLessThan(5 / Math.sqrt(n));
  });
});
