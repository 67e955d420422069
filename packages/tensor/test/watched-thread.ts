import { DONE, READY, type Setup, slotAt } from '../src/assign-slots.ts';
import type { Thread } from '../src/start-thread.ts';

/** A thread, and what can be seen of it: the last setup it was sent, whether it is ready for that, and the tiles it has done. */
export function watch(thread: Thread) {
  let setup: Setup | undefined;
  return {
    thread: {
      send(message: Setup) {
        setup = message;
        thread.send(message);
      },
      end: () => thread.end(),
    } satisfies Thread,
    memory: () => setup?.memory,
    isReady: () =>
      setup?.slots.every((slot) => Atomics.load(setup!.control, slotAt(slot) + READY) === setup!.epoch) ??
      false,
    done: () => (setup ? Atomics.load(setup.control, DONE) : 0),
  };
}
