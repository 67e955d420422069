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
import { type Room, roomOf } from './kernel-arrays.ts';
import { compile, type WasmMemory, webAssembly } from './web-assembly.ts';

interface Started {
  layout: TileLayout;
  memory: WasmMemory;
  tile: AssignTile;
}

/** All rows, tile by tile; rows that the kernel leaves out in JavaScript. The weights are in their place. */
export function fillByTile(
  tile: AssignTile,
  layout: TileLayout,
  arrays: AssignArrays,
  direct?: DirectRows,
): void {
  const { rows, similarities, lower, temperature, targets } = arrays;
  const how = { balanced: lower !== undefined, temperature, direct };
  const left: number[] = [];
  for (let first = 0; first < rows; first += layout.rows) {
    const count = Math.min(layout.rows, rows - first);
    if (!direct) tile.load(similarities, first, count);
    tile.run(first, count, how);
    if (!direct) tile.store(targets, first, count);
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
  let missing = false;
  /** For rows that are copied, and for the last kernel arrays. */
  let copying: Started | undefined;
  let direct: Started | undefined;

  function start(layout: TileLayout, memory: WasmMemory): Started {
    module ??= compile(assignKernel);
    return { layout, memory, tile: tileOf(startKernel(module, memory), memory, layout, 0) };
  }

  function startFor(clusters: number, room: Room | undefined): Started | undefined {
    if (missing) return undefined;
    try {
      if (room) {
        if (direct?.memory !== room.memory) direct = start(room.layout, room.memory);
        return direct;
      }
      if (copying?.layout.clusters !== clusters) {
        copying = undefined; // so that its memory can be given back first
        const layout = layoutOf(clusters);
        copying = start(layout, new webAssembly.Memory({ initial: pagesOf(bytesOf(layout, 1)) }));
      }
      return copying;
    } catch {
      missing = !module;
      return undefined;
    }
  }

  return (arrays) => {
    const place = roomOf(arrays, false);
    const found = startFor(arrays.clusters, place?.room);
    if (!found) return fillPlain(arrays);
    found.tile.weigh(arrays);
    fillByTile(found.tile, found.layout, arrays, place?.direct);
  };
}

/** `fused.assign` of typed arrays by the kernel. For bundles that should hold nothing else of the host backend. */
export function simdAssign(): HostAssign {
  return assignWith(simdFill());
}
