import type { AssignArrays } from './host-assign.ts';
import { type WasmMemory, webAssembly } from './web-assembly.ts';

/** The kernel: see `assembly/assign-rows.ts`. Addresses are in bytes. */
export type AssignRows = (
  from: number,
  at: number,
  rows: number,
  columns: number,
  balancing: boolean,
  lower: number,
  higher: number,
  temperature: number,
  labels: number,
  rawLabels: number,
) => void;

/** Where things stand in the kernel's memory, in entries of 4 bytes: the two weights `[K]`, then tiles. */
export interface TileLayout {
  clusters: number;
  /** From one row to the next: K, up to a multiple of 16. */
  stride: number;
  /** Rows that a tile holds. */
  rows: number;
  /** From one tile to the next: labels and raw labels; where rows are copied, the rows and BEHIND entries. */
  size: number;
}

/** Addresses of rows that stand in the kernel's memory anyway: `from` where they come from, `at` where they go. */
export interface DirectRows {
  from: number;
  at: number;
}

const PAGE = 65_536;
/** Entries in a tile, where that is a row or more: 256 kB, which stays in the processor's cache. */
const TILE = 65_536;
const MOST_ROWS = 1024;
/** Rows are copied in this many entries behind where they go: a block of the kernel, which it reads again once it is written. */
const BEHIND = 256;

/** `copied`: rows are copied into a tile and out. */
export function layoutOf(clusters: number, copied = true): TileLayout {
  const stride = (clusters + 15) & ~15;
  const rows = Math.min(MOST_ROWS, Math.max(1, Math.floor(TILE / stride)));
  return { clusters, stride, rows, size: (copied ? BEHIND + rows * stride : 0) + 2 * ((rows + 3) & ~3) };
}

/** Memory of weights and tiles, in bytes. */
export function bytesOf({ stride, size }: TileLayout, tiles: number): number {
  return 4 * (2 * stride + tiles * size);
}

/** Pages of memory. */
export function pagesOf(bytes: number): number {
  return Math.ceil(bytes / PAGE);
}

/** @throws where the host has not all that the module needs, or no room */
export function startKernel(module: object, memory: WasmMemory): AssignRows {
  return new webAssembly.Instance(module, { env: { memory } }).exports.assignRows as AssignRows;
}

/** Some rows at a time in the kernel's memory. */
export interface AssignTile {
  /** Puts the weights where every tile finds them, filled up with copies of the first one. */
  weigh(arrays: AssignArrays): void;
  /** Copies rows from `similarities`. */
  load(similarities: Float32Array, first: number, rows: number): void;
  /** Of the rows that were copied, or of the rows from `first` on that are there. */
  run(
    first: number,
    rows: number,
    how: { balanced: boolean; temperature: number; direct?: DirectRows },
  ): void;
  /** Copies rows to `targets`, but for those that were left to JavaScript. */
  store(targets: Float32Array, first: number, rows: number): void;
  /** Copies the labels; adds the rows that were left to JavaScript, which have −1, to `left`. */
  storeLabels(arrays: AssignArrays, first: number, rows: number, left: number[]): void;
}

export function tileOf(
  kernel: AssignRows,
  memory: WasmMemory,
  layout: TileLayout,
  index: number,
): AssignTile {
  const { clusters, stride, rows: most, size } = layout;
  const labelsAt = 2 * stride + index * size;
  const rawAt = labelsAt + ((most + 3) & ~3);
  const rowsAt = rawAt + ((most + 3) & ~3);
  const integers = new Int32Array(memory.buffer);
  const floats = new Float32Array(memory.buffer);
  const whole = floats.subarray(rowsAt, rowsAt + most * stride);

  function place(weights: Float32Array | undefined, at: number): void {
    if (!weights) return;
    floats.fill(weights[0], at, at + stride);
    floats.set(weights, at);
  }

  return {
    weigh({ lower, higher }) {
      place(lower, 0);
      place(higher, stride);
    },
    load(similarities, first, rows) {
      const start = first * clusters;
      const to = rowsAt + BEHIND;
      if (stride === clusters) {
        floats.set(similarities.subarray(start, start + rows * clusters), to);
        return;
      }
      for (let row = 0; row < rows; row++) {
        const from = start + row * clusters;
        floats.set(similarities.subarray(from, from + clusters), to + row * stride);
      }
    },
    run(first, rows, { balanced, temperature, direct }) {
      const skipped = 4 * first * clusters;
      const [from, at] = direct
        ? [direct.from + skipped, direct.at + skipped]
        : [4 * (rowsAt + BEHIND), 4 * rowsAt];
      const [lower, higher, labels, rawLabels] = [0, 4 * stride, 4 * labelsAt, 4 * rawAt];
      kernel(from, at, rows, clusters, balanced, lower, higher, temperature, labels, rawLabels);
    },
    store(targets, first, rows) {
      let sure = true;
      for (let row = 0; row < rows; row++) sure &&= integers[labelsAt + row] >= 0;
      if (sure && stride === clusters) {
        targets.set(rows === most ? whole : whole.subarray(0, rows * clusters), first * clusters);
        return;
      }
      for (let row = 0; row < rows; row++) {
        if (integers[labelsAt + row] < 0) continue;
        const from = row * stride;
        targets.set(whole.subarray(from, from + clusters), (first + row) * clusters);
      }
    },
    storeLabels({ assignments, rawAssignments }, first, rows, left) {
      for (let row = 0; row < rows; row++) {
        const label = integers[labelsAt + row];
        assignments[first + row] = label;
        rawAssignments[first + row] = integers[rawAt + row];
        if (label < 0) left.push(first + row);
      }
    },
  };
}
