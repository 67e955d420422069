import { bytesOf, type DirectRows, layoutOf, pagesOf, type TileLayout } from './assign-tile.ts';
import type { AssignArrays } from './host-assign.ts';
import { ShapeError } from './shape-error.ts';
import { type WasmMemory, webAssembly } from './web-assembly.ts';

/** What `createKernelArrays` takes. */
export interface KernelArraysOptions {
  /** Rows that the arrays have room for. Fewer may be used, as `subarray(0, rows * clusters)`. */
  rows: number;
  /** K. Only multiples of 16 gain; rows of any other number are copied. */
  clusters: number;
  /** For the threads of `createThreadedHost`, in shared memory. Default: for `hostBackend()`. */
  shared?: boolean;
}

/** Two arrays `[rows, K]` in one memory. */
export interface KernelArrays {
  similarities: Float32Array;
  /** To be passed as `into`. */
  targets: Float32Array;
}

/** The memory of some arrays, and what of it belongs to the kernel. */
export interface Room {
  memory: WasmMemory;
  layout: TileLayout;
  shared: boolean;
  /** Where the arrays begin, in bytes. */
  begin: number;
}

/** Tiles that the kernel has room for beside the arrays: the caller's and two of every thread, so 31 threads at most. */
export const DIRECT_TILES = 64;
/** A WebAssembly memory, but for its last page: no address behind the arrays is 2³². */
const MOST_BYTES = 65_535 * 65_536;
const ALIGNMENT = 64;

const rooms = new WeakMap<object, Room>();

/**
 * Arrays that `fused.assign` works on where they are, without copying rows into the kernel's memory and out, which takes a
 * quarter of the time or more at large K. Write the similarities into one and pass the other, of the same call, as `into`.
 * They are ordinary arrays for everything else, and filled with 0. A backend keeps hold of the last ones that it has worked
 * on.
 *
 * @throws ShapeError where a number makes no sense or both together need 4 GiB; RangeError where there is not that much
 * memory; TypeError where WebAssembly is missing
 */
export function createKernelArrays({ rows, clusters, shared = false }: KernelArraysOptions): KernelArrays {
  for (const [name, value] of Object.entries({ rows, clusters })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new ShapeError(
        `createKernelArrays: ${name} is ${value}, but must be a whole number of 1 or more`,
      );
    }
  }
  const layout = layoutOf(clusters, false);
  const begin = aligned(bytesOf(layout, DIRECT_TILES));
  const length = rows * clusters;
  const second = begin + aligned(4 * length);
  const bytes = second + 4 * length;
  if (bytes > MOST_BYTES) {
    throw new ShapeError(
      `createKernelArrays: ${rows} rows of ${clusters} clusters take ${bytes} bytes, but at most ${MOST_BYTES} are possible: assign fewer rows at a time`,
    );
  }
  const pages = pagesOf(bytes);
  const memory = new webAssembly.Memory({ initial: pages, maximum: pages, shared });
  const { buffer } = memory;
  rooms.set(buffer, { memory, layout, shared, begin });
  return {
    similarities: new Float32Array(buffer, begin, length),
    targets: new Float32Array(buffer, second, length),
  };
}

/** The room of the arrays, and their places in it, where the kernel can work on them as they are. */
export function roomOf(
  { clusters, similarities, targets }: AssignArrays,
  shared: boolean,
): { room: Room; direct: DirectRows } | undefined {
  // A tensor of labels has integers.
  if (!(similarities instanceof Float32Array)) return undefined;
  const room = rooms.get(similarities.buffer);
  if (!room || room.shared !== shared || targets.buffer !== similarities.buffer) return undefined;
  const direct = { from: similarities.byteOffset, at: targets.byteOffset };
  const bytes = similarities.byteLength;
  const apart = Math.abs(direct.from - direct.at) >= bytes;
  const inside = Math.min(direct.from, direct.at) >= room.begin;
  const whole = clusters % 16 === 0 && direct.from % 16 === 0 && direct.at % 16 === 0;
  return room.layout.clusters === clusters && apart && inside && whole ? { room, direct } : undefined;
}

const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
