import { describe, expect, it } from 'vitest';
import { OptionError, randomStream } from './index.ts';
import { threefry } from './random-stream.ts';

function words(k0: number, k1: number, x0: number, x1: number): string[] {
  const out = new Int32Array(2);
  threefry(k0, k1, x0, x1, out);
  return Array.from(out, (word) => (word >>> 0).toString(16).padStart(8, '0'));
}

const take = (count: number, ...keys: number[]) => {
  const stream = randomStream(...keys);
  return Array.from({ length: count }, () => stream.next());
};

it('reproduces the published test vectors of Threefry-2x32-20', () => {
  expect(words(0, 0, 0, 0)).toEqual(['6b200159', '99ba4efe']);
  expect(words(-1, -1, -1, -1)).toEqual(['1cb996fc', 'bb002be7']);
  expect(words(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3)).toEqual(['c4923a9c', '483df7a0']);
});

describe('randomStream', () => {
  it('depends on the keys alone, on their order and on their number', () => {
    expect(take(5, 1, 2, 3)).toEqual(take(5, 1, 2, 3));
    const firsts = [[], [0], [0, 0], [1], [1, 2], [2, 1], [-1], [2 ** 32], [2 ** 32 + 1], [2 ** 53 - 1]].map(
      (keys) => take(1, ...keys)[0],
    );
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  it('lies in [0, 1) and is uniform over neighbouring keys as over neighbouring draws', () => {
    const count = 100_000;
    const cells = 100;
    const series: Record<string, number[]> = {
      draws: take(count, 7),
      samples: Array.from({ length: count }, (_, sample) => take(1, 7, 0, sample, 0)[0]),
      seeds: Array.from({ length: count }, (_, seed) => take(1, seed, 0, 0, 0)[0]),
    };
    for (const [name, values] of Object.entries(series)) {
      expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
      const counts = new Float64Array(cells);
      for (const value of values) counts[Math.floor(value * cells)]++;
      const expected = count / cells;
      const chiSquare = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
      // Mean cells − 1, deviation √(2(cells − 1)) ≈ 14: five of them either way.
      expect(Math.abs(chiSquare - (cells - 1)), `${name}: χ² ${chiSquare}`).toBeLessThan(
        5 * Math.sqrt(2 * 99),
      );
      // Correlation of neighbours has deviation 1/√n.
      for (const lag of [1, 2, 3]) {
        let sum = 0;
        for (let i = lag; i < count; i++) sum += (values[i] - 0.5) * (values[i - lag] - 0.5) * 12;
        expect(Math.abs(sum / count), `${name}: lag ${lag}`).toBeLessThan(5 / Math.sqrt(count));
      }
    }
  });

  it('rejects keys that are not whole numbers', () => {
    expect(() => randomStream(1, 0.5)).toThrow(OptionError);
    expect(() => randomStream(1, 0.5)).toThrow(/keys\[1\] is 0.5, expected a safe integer/);
    expect(() => randomStream(Number.NaN)).toThrow(OptionError);
  });
});
