import type { TileLayout } from './assign-tile.ts';
import type { WasmMemory } from './web-assembly.ts';

/*
 * How threads share the work: the caller puts a tile of rows into a slot, a thread works on it, the caller takes it out.
 * All that they tell each other meanwhile are the words of one array, `control`.
 */

/** Words of `control`. The caller counts up SIGNAL when there is work, threads count up DONE when some is finished. */
export const SIGNAL = 0;
export const DONE = 1;
/** The number of the setup that is valid. Threads with an older one look for their next message. */
export const EPOCH = 2;
/** 1 where there are weights. */
export const BALANCED = 3;
/** The bits of a float32. */
export const TEMPERATURE = 4;
/** 1 where the rows stand in the kernel's memory; then their two addresses, without sign. */
export const DIRECT = 5;
export const FROM = 6;
export const AT = 7;
const FIRST_SLOT = 8;

/** Words of a slot, from its first one on: its state, and the rows that are in it. */
export const STATE = 0;
export const FIRST_ROW = 1;
export const ROWS = 2;
/** The setup that the thread of the slot has got ready for. */
export const READY = 3;
const WORDS = 4;

export const slotAt = (slot: number): number => FIRST_SLOT + slot * WORDS;

/** States of a slot. */
export const EMPTY = 0;
export const FULL = 1;
export const FINISHED = 2;
export const FAILED = 3;

/** What a thread is told in a message; everything else is in `control`. */
export interface Setup {
  epoch: number;
  module: object;
  memory: WasmMemory;
  layout: TileLayout;
  control: Int32Array;
  /** The slots of this thread. Slot i uses tile i + 1 of the memory; tile 0 is the caller's. */
  slots: number[];
}

/** Slots of a thread: one to work on while the caller fills and empties the other. */
export const SLOTS = 2;

export const controlWords = (slots: number): number => slotAt(slots);
