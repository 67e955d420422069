import {
  AT,
  BALANCED,
  controlWords,
  DIRECT,
  DONE,
  EMPTY,
  EPOCH,
  FINISHED,
  FIRST_ROW,
  FROM,
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
import { type AssignArrays, assignRow, fillPlain } from './host-assign.ts';
import { DIRECT_TILES, type Room, roomOf } from './kernel-arrays.ts';
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
}

/** The work of `fused.assign` on the caller's thread and `threads`. */
export class ThreadedAssign {
  private readonly slots: number;
  private readonly control: Int32Array;
  private readonly bits: Float32Array;
  /** For rows that are copied, and for the last kernel arrays. */
  private copying: Work | undefined;
  private direct: Work | undefined;
  /** The one of both that the threads know. */
  private active: Work | undefined;
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
    this.copying = this.direct = this.active = undefined;
  }

  /** Fills the arrays: the same bits as `simdAssign` gives. In plain JavaScript where there is no room for the memory. */
  readonly fill = (arrays: AssignArrays): void => {
    const { rows, clusters } = arrays;
    const place = this.slots + 1 <= DIRECT_TILES ? roomOf(arrays, true) : undefined;
    const work = this.workFor(clusters, place?.room);
    if (!work) {
      fillPlain(arrays);
      return;
    }
    const { layout, tiles } = work;
    tiles[0].weigh(arrays);
    const alone = this.threads.length === 0 || rows * clusters < SMALL;
    // The first rows are too few for threads at times, but those may get ready meanwhile.
    if (!alone || !this.active) this.tell(work);
    if (alone) fillByTile(tiles[0], layout, arrays, place?.direct);
    else this.fillTogether(work, arrays, place?.direct);
  };

  /** Nothing where there is no room for the memory. */
  private workFor(clusters: number, room: Room | undefined): Work | undefined {
    try {
      if (room) {
        if (this.direct?.memory !== room.memory) this.direct = this.makeWork(room.layout, room.memory);
        return this.direct;
      }
      if (this.copying?.layout.clusters !== clusters) {
        const layout = layoutOf(clusters);
        const pages = pagesOf(bytesOf(layout, this.slots + 1));
        const memory = new webAssembly.Memory({ initial: pages, maximum: pages, shared: true });
        this.copying = this.makeWork(layout, memory);
      }
      return this.copying;
    } catch {
      return undefined;
    }
  }

  private makeWork(layout: TileLayout, memory: WasmMemory): Work {
    const kernel = startKernel(this.module, memory);
    const tiles = Array.from({ length: this.slots + 1 }, (_, i) => tileOf(kernel, memory, layout, i));
    return { layout, memory, tiles };
  }

  /** Makes the threads get ready for it. */
  private tell(work: Work): void {
    if (this.active === work) return;
    this.active = work;
    const { layout, memory } = work;
    const { control } = this;
    const epoch = ++this.epoch;
    Atomics.store(control, EPOCH, epoch);
    this.wake();
    this.threads.forEach((thread, i) => {
      const slots = Array.from({ length: SLOTS }, (_, j) => i * SLOTS + j);
      thread.send({ epoch, module: this.module, memory, layout, control, slots });
    });
  }

  private wake(): void {
    Atomics.add(this.control, SIGNAL, 1);
    Atomics.notify(this.control, SIGNAL);
  }

  private fillTogether({ layout, tiles }: Work, arrays: AssignArrays, direct: DirectRows | undefined): void {
    const { control } = this;
    const { rows, lower, similarities, targets, temperature } = arrays;
    const balanced = lower !== undefined;
    control[BALANCED] = balanced ? 1 : 0;
    this.bits[TEMPERATURE] = temperature;
    control[DIRECT] = direct ? 1 : 0;
    control[FROM] = direct?.from ?? 0;
    control[AT] = direct?.at ?? 0;
    const how = { balanced, temperature, direct };
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
          if (!direct) tile.store(targets, first, count);
          tile.storeLabels(arrays, first, count, left);
        } else {
          for (let row = first; row < first + count; row++) left.push(row);
        }
      }
      if (next >= rows || Atomics.load(control, at + READY) !== this.epoch) return false;
      const count = Math.min(step, rows - next);
      if (!direct) tile.load(similarities, next, count);
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
        if (!direct) tiles[0].load(similarities, next, count);
        tiles[0].run(next, count, how);
        if (!direct) tiles[0].store(targets, next, count);
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
