import { expect, test } from 'vitest';
import { threads } from '../test/threads.ts';
import { cancelFlag } from './cancellation.ts';
import { WorkerError } from './errors.ts';
import { workerPool } from './worker-pool.ts';

test('a closed pool starts no thread', async () => {
  const before = threads();
  const pool = workerPool(1);
  const run = () => pool.run('statistics', { images: [], cancelled: cancelFlag() });
  expect((await run()).pixels).toBe(0);
  expect(threads()).toBeGreaterThan(before);
  await pool.close();
  await expect(run()).rejects.toThrow(WorkerError);
  expect(threads()).toBe(before);
});
