import { type CancelFlag, cancel, cancelFlag } from './cancellation.ts';

/**
 * Runs `task(i)` for `from` ≤ i < `to` and yields the results in order. While one result is in use, at most
 * `ahead` further tasks are under way or done. When the consumer stops early or a task fails, the flag that the
 * tasks were given is set and the ones under way are waited for.
 */
export async function* inOrder<Result>(
  { from = 0, to, ahead }: { from?: number; to: number; ahead: number },
  task: (index: number, cancelled: CancelFlag) => Promise<Result>,
  cancelled: CancelFlag = cancelFlag(),
): AsyncGenerator<Result, void, undefined> {
  const underWay: Promise<Result>[] = [];
  let next = from;
  const fill = (limit: number) => {
    while (underWay.length < limit && next < to) {
      const started = task(next++, cancelled);
      // It is awaited in its turn; until then a rejection must not count as unhandled.
      started.catch(() => {});
      underWay.push(started);
    }
  };
  try {
    for (let index = from; index < to; index++) {
      fill(Math.max(1, ahead));
      const result = await (underWay.shift() as Promise<Result>);
      fill(ahead);
      yield result;
    }
  } finally {
    cancel(cancelled);
    await Promise.allSettled(underWay);
  }
}
