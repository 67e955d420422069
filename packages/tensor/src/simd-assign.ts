import { assignKernel } from './assign-kernel.generated.ts';
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
import {
  type AssignArrays,
  type AssignFill,
  assignRow,
  assignWith,
  fillPlain,
  type HostAssign,
} from './host-assign.ts';
import { roomOf } from './kernel-arrays.ts';
import { compile, type WasmMemory, webAssembly } from './web-assembly.ts';

interface Started {
  layout: TileLayout;
  tile: AssignTile;
  /** Of the caller's arrays, where those stand in it. */
  memory?: WasmMemory;
  direct?: DirectRows;
}

/** All rows, tile by tile; rows that the kernel leaves out in JavaScript. The weights are in their place. */
export function fillByTile(tile: AssignTile, layout: TileLayout, arrays: AssignArrays): void {
  const { rows, similarities, lower, temperature, targets } = arrays;
  const left: number[] = [];
  for (let first = 0; first < rows; first += layout.rows) {
    const count = Math.min(layout.rows, rows - first);
    tile.load(similarities, first, count);
    tile.run(first, count, lower !== undefined, temperature);
    tile.store(targets, first, count);
    tile.storeLabels(arrays, first, count, left);
  }
  for (const row of left) assignRow(arrays, row);
}

/**
 * All rows with the WebAssembly kernel, in tiles that are copied into its memory: 12 bytes a cluster, and not less than
 * 256 kB. In plain JavaScript where WebAssembly, its SIMD instructions or room for the memory are missing.
 */
function simdFill(): AssignFill {
  let module: object | undefined;
  let started: Started | undefined;
  let missing = false;

  function start(arrays: AssignArrays): Started | undefined {
    if (missing) return undefined;
    const { clusters } = arrays;
    const { room, direct } = roomOf(arrays, false) ?? {};
    const same =
      started?.layout.clusters === clusters &&
      started.memory === room?.memory &&
      started.direct?.from === direct?.from &&
      started.direct?.at === direct?.at;
    if (same) return started;
    started = undefined;
    try {
      module ??= compile(assignKernel);
      const layout = room?.layout ?? layoutOf(clusters);
      const memory = room?.memory ?? new webAssembly.Memory({ initial: pagesOf(bytesOf(layout, 1)) });
      const tile = tileOf(startKernel(module, memory), memory, layout, 0, direct);
      started = { layout, tile, memory: room?.memory, direct };
    } catch {
      missing = !module;
    }
    return started;
  }

  return (arrays) => {
    const found = start(arrays);
    if (!found) return fillPlain(arrays);
    found.tile.weigh(arrays);
    fillByTile(found.tile, found.layout, arrays);
  };
}

/** `fused.assign` of typed arrays by the kernel. For bundles that should hold nothing else of the host backend. */
export function simdAssign(): HostAssign {
  return assignWith(simdFill());
}
