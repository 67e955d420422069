import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { cancelFlag, isCancelled } from './cancellation.ts';
import { inOrder } from './in-order.ts';

test('results come in order, however long each takes', async () => {
  const delays = [20, 1, 10, 0, 5];
  const results: number[] = [];
  for await (const result of inOrder({ to: 5, ahead: 3 }, async (i) => {
    await setTimeout(delays[i]);
    return i;
  })) {
    results.push(result);
  }
  expect(results).toEqual([0, 1, 2, 3, 4]);
});

test.each([0, 1, 3])('at most %i tasks are started beyond the one in use', async (ahead) => {
  let started = 0;
  let used = 0;
  for await (const index of inOrder({ from: 2, to: 12, ahead }, async (i) => {
    started++;
    return i;
  })) {
    expect(index).toBe(2 + used++);
    await setTimeout(1);
    expect(started).toBe(Math.min(10, used + ahead));
  }
  expect(used).toBe(10);
});

describe('an early end sets the flag and waits for what is under way', () => {
  const task = (ended: number[]) => async (i: number, flag: Int32Array) => {
    while (i > 0 && !isCancelled(flag)) await setTimeout(1);
    ended.push(i);
    return i;
  };

  test('on break', async () => {
    const flag = cancelFlag();
    const ended: number[] = [];
    for await (const _ of inOrder({ to: 9, ahead: 3 }, task(ended), flag)) break;
    expect(isCancelled(flag)).toBe(true);
    expect(ended.sort()).toEqual([0, 1, 2, 3]);
  });

  test('on a failure, which is thrown in its turn', async () => {
    const ended: number[] = [];
    const run = async () => {
      for await (const _ of inOrder({ to: 9, ahead: 2 }, async (i, flag) => {
        if (i === 1) throw new Error('second');
        return task(ended)(i, flag);
      })) {
      }
    };
    await expect(run()).rejects.toThrow('second');
    expect(ended.sort()).toEqual([0, 2]);
  });
});
