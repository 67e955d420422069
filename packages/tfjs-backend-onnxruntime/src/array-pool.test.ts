import { expect, it } from 'vitest';
import { ArrayPool } from './array-pool.ts';

it('hands arrays out again by type and length', () => {
  const pool = new ArrayPool();
  const given = new Float32Array(6);
  pool.give('float32', given);
  expect(pool.bytes).toBe(24);
  expect(pool.take('float32', 5)).not.toBe(given);
  expect(pool.take('int32', 6)).toEqual(new Int32Array(6));
  expect(pool.take('float32', 6)).toBe(given);
  expect(pool.take('float32', 6)).not.toBe(given);
  expect(pool.bytes).toBe(0);
});

it('takes no part of a larger buffer, and nothing empty', () => {
  const pool = new ArrayPool();
  pool.give('float32', new Float32Array(8).subarray(0, 4));
  pool.give('float32', new Float32Array(0));
  expect(pool.bytes).toBe(0);
});

it('lets go of what nobody takes', () => {
  const pool = new ArrayPool();
  pool.give('float32', new Float32Array(4));
  for (let run = 0; run < 4; run++) pool.endRun();
  pool.give('float32', new Float32Array(4));
  for (let run = 0; run < 5; run++) pool.endRun();
  expect(pool.bytes).toBe(16);
  for (let run = 0; run < 4; run++) pool.endRun();
  expect(pool.bytes).toBe(0);
});
