import { expect, it } from 'vitest';
import { cropMinScale, OptionError } from './index.ts';

it('starts at the first value and comes near the second without reaching it', () => {
  expect(cropMinScale(0, 100, 0.26, 0.14)).toBe(0.26);
  expect(cropMinScale(50, 100, 0.26, 0.14)).toBeCloseTo(0.2, 12);
  const last = cropMinScale(99, 100, 0.26, 0.14);
  expect(last).toBeGreaterThan(0.14);
  expect(last).toBeLessThan(0.1401);
});

it('rejects an epoch outside the run and a share outside 0..1', () => {
  expect(() => cropMinScale(101, 100, 0.26, 0.14)).toThrow(OptionError);
  expect(() => cropMinScale(0, 0, 0.26, 0.14)).toThrow(/epochs is 0/);
  expect(() => cropMinScale(0, 1, 26, 0.14)).toThrow(/from is 26, expected a number from 0 to 1/);
});
