import {
  BALANCED,
  controlWords,
  DONE,
  EMPTY,
  EPOCH,
  FINISHED,
  FIRST_ROW,
  FULL,
  READY,
  ROWS,
  SIGNAL,
  SLOTS,
  STATE,
  slotAt,
  TEMPERATURE,
} from './assign-slots.ts';
import {
  type AssignTile,
  bytesOf,
  type DirectRows,
  layoutOf,
  pagesOf,
  startKernel,
  type TileLayout,
  tileOf,
} from './assign-tile.ts';
import { type AssignArrays, assignRow } from './host-assign.ts';
import { DIRECT_TILES, roomOf } from './kernel-arrays.ts';
import { fillByTile } from './simd-assign.ts';
import type { Thread } from './start-thread.ts';
import { type WasmMemory, webAssembly } from './web-assembly.ts';

/** Entries under which threads take longer to wake than they save. */
const SMALL = 2 ** 17;
/** Tiles that each thread gets at least, so that none waits long for the last one. */
const TILES_A_THREAD = 8;

interface Work {
  layout: TileLayout;
  memory: WasmMemory;
  /** Tile 0 is the caller's, tile i + 1 that of slot i. */
  tiles: AssignTile[];
  direct?: DirectRows;
}

/** The work of `fused.assign` on the caller's thread and `threads`. */
export class ThreadedAssign {
  private readonly slots: number;
  private readonly control: Int32Array;
  private readonly bits: Float32Array;
  private work: Work | undefined;
  private epoch = 0;

  constructor(
    /** The kernel for shared memory, compiled. */
    private readonly module: object,
    private readonly threads: Thread[],
  ) {
    this.slots = threads.length * SLOTS;
    const buffer = new SharedArrayBuffer(4 * controlWords(this.slots));
    this.control = new Int32Array(buffer);
    this.bits = new Float32Array(buffer);
  }

  end(): void {
    for (const thread of this.threads.splice(0)) thread.end();
  }

  /** Fills the arrays: the same bits as `simdAssign` gives. */
  readonly fill = (arrays: AssignArrays): void => {
    const { rows, clusters } = arrays;
    const alone = this.threads.length === 0 || rows * clusters < SMALL;
    const { layout, tiles } = this.workFor(arrays);
    tiles[0].weigh(arrays);
    if (alone) fillByTile(tiles[0], layout, arrays);
    else this.fillTogether(arrays);
  };

  /** Memory for that number of clusters, or that of the arrays, and threads that know it. */
  private workFor(arrays: AssignArrays): Work {
    const tilesNeeded = this.slots + 1;
    const { room, direct } = (tilesNeeded <= DIRECT_TILES && roomOf(arrays, true)) || {};
    const old = this.work;
    const fits =
      old?.layout.clusters === arrays.clusters && (room ? old.memory === room.memory : !old.direct);
    if (old && fits && old.direct?.from === direct?.from && old.direct?.at === direct?.at) return old;

    const layout = room?.layout ?? layoutOf(arrays.clusters);
    const pages = pagesOf(bytesOf(layout, tilesNeeded));
    const memory = room?.memory ?? new webAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const kernel = startKernel(this.module, memory);
    const tiles = Array.from({ length: tilesNeeded }, (_, i) => tileOf(kernel, memory, layout, i, direct));
    this.work = { layout, memory, tiles, direct };
    const { control } = this;
    const epoch = ++this.epoch;
    Atomics.store(control, EPOCH, epoch);
    this.wake();
    this.threads.forEach((thread, i) => {
      const slots = Array.from({ length: SLOTS }, (_, j) => i * SLOTS + j);
      thread.send({ epoch, module: this.module, memory, layout, control, slots, direct });
    });
    return this.work;
  }

  private wake(): void {
    Atomics.add(this.control, SIGNAL, 1);
    Atomics.notify(this.control, SIGNAL);
  }

  private fillTogether(arrays: AssignArrays): void {
    const { control } = this;
    const { layout, tiles } = this.work!;
    const { rows, lower, similarities, targets, temperature } = arrays;
    const balanced = lower !== undefined;
    control[BALANCED] = balanced ? 1 : 0;
    this.bits[TEMPERATURE] = temperature;
    const share = Math.ceil(rows / (TILES_A_THREAD * (this.threads.length + 1)));
    const step = Math.min(layout.rows, share);
    /** Rows for JavaScript: done last and in order, so that the first entry that is not finite is named. */
    const left: number[] = [];
    let next = 0;

    /** Empties and fills a slot; whether a thread is busy with it. */
    const attend = (slot: number): boolean => {
      const at = slotAt(slot);
      const tile = tiles[slot + 1];
      const state = Atomics.load(control, at + STATE);
      if (state === FULL) return true;
      if (state !== EMPTY) {
        const first = control[at + FIRST_ROW];
        const count = control[at + ROWS];
        Atomics.store(control, at + STATE, EMPTY);
        if (state === FINISHED) {
          tile.store(targets, first, count);
          tile.storeLabels(arrays, first, count, left);
        } else {
          for (let row = first; row < first + count; row++) left.push(row);
        }
      }
      if (next >= rows || Atomics.load(control, at + READY) !== this.epoch) return false;
      const count = Math.min(step, rows - next);
      tile.load(similarities, next, count);
      control[at + FIRST_ROW] = next;
      control[at + ROWS] = count;
      next += count;
      Atomics.store(control, at + STATE, FULL);
      this.wake();
      return true;
    };

    for (;;) {
      const done = Atomics.load(control, DONE);
      let busy = false;
      for (let slot = 0; slot < this.slots; slot++) busy = attend(slot) || busy;
      if (next < rows) {
        const count = Math.min(step, rows - next);
        tiles[0].load(similarities, next, count);
        tiles[0].run(next, count, balanced, temperature);
        tiles[0].store(targets, next, count);
        tiles[0].storeLabels(arrays, next, count, left);
        next += count;
      } else if (busy) {
        waitFor(control, done);
      } else {
        break;
      }
    }
    for (const row of left.sort((a, b) => a - b)) assignRow(arrays, row);
  }
}

/** Until DONE is no longer `done`. The main thread of a page must not sleep: there it looks again at once. */
function waitFor(control: Int32Array, done: number): void {
  try {
    Atomics.wait(control, DONE, done);
  } catch {
    // Looked at again by the caller.
  }
}
