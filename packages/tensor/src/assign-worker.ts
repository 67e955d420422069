import {
  AT,
  BALANCED,
  DIRECT,
  DONE,
  EPOCH,
  FAILED,
  FINISHED,
  FIRST_ROW,
  FROM,
  FULL,
  READY,
  ROWS,
  type Setup,
  SIGNAL,
  STATE,
  slotAt,
  TEMPERATURE,
} from './assign-slots.ts';
import { startKernel, tileOf } from './assign-tile.ts';

// The program of a thread. It is bundled into `assign-worker.generated.ts`: `npm run kernel`.

/** Works on what is put into the slots, until another setup is valid. */
function serve({ epoch, module, memory, layout, control, slots }: Setup): void {
  if (Atomics.load(control, EPOCH) !== epoch) return;
  const kernel = startKernel(module, memory);
  const own = slots.map((slot) => ({
    at: slotAt(slot),
    tile: tileOf(kernel, memory, layout, slot + 1),
  }));
  const bits = new Float32Array(control.buffer);
  for (const { at } of own) Atomics.store(control, at + READY, epoch);
  for (;;) {
    const signal = Atomics.load(control, SIGNAL);
    let idle = true;
    for (const { at, tile } of own) {
      const full = Atomics.load(control, at + STATE) === FULL;
      // In this order: a new setup is made valid before anything is put into its slots.
      if (Atomics.load(control, EPOCH) !== epoch) return;
      if (!full) continue;
      idle = false;
      const first = control[at + FIRST_ROW];
      const rows = control[at + ROWS];
      let state = FINISHED;
      try {
        tile.run(first, rows, {
          balanced: control[BALANCED] === 1,
          temperature: bits[TEMPERATURE],
          direct: control[DIRECT] ? { from: control[FROM] >>> 0, at: control[AT] >>> 0 } : undefined,
        });
      } catch {
        state = FAILED;
      }
      Atomics.store(control, at + STATE, state);
      Atomics.add(control, DONE, 1);
      Atomics.notify(control, DONE);
    }
    if (idle) Atomics.wait(control, SIGNAL, signal);
  }
}

const scope = globalThis as {
  process?: { getBuiltinModule?(name: string): { parentPort: NodePort } };
  onmessage?: (event: { data: Setup }) => void;
};
interface NodePort {
  on(event: 'message', listener: (setup: Setup) => void): void;
}

const node = scope.process?.getBuiltinModule?.('node:worker_threads');
if (node) node.parentPort.on('message', serve);
else scope.onmessage = ({ data }) => serve(data);
