import { assignKernel } from './assign-kernel.generated.ts';
import { type AssignTile, layoutOf, pagesOf, startKernel, type TileLayout, tileOf } from './assign-tile.ts';
import {
  type AssignArrays,
  type AssignFill,
  assignRow,
  assignWith,
  fillPlain,
  type HostAssign,
} from './host-assign.ts';
import { compile, webAssembly } from './web-assembly.ts';

interface Started {
  layout: TileLayout;
  tile: AssignTile;
}

/** All rows, tile by tile; rows that the kernel leaves out in JavaScript. The weights are in their place. */
export function fillByTile(tile: AssignTile, layout: TileLayout, arrays: AssignArrays): void {
  const { rows, similarities, lower, temperature, targets } = arrays;
  const left: number[] = [];
  for (let first = 0; first < rows; first += layout.rows) {
    const count = Math.min(layout.rows, rows - first);
    tile.load(similarities, first, count);
    tile.run(count, lower !== undefined, temperature);
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

  function start(clusters: number): Started | undefined {
    if (missing || started?.layout.clusters === clusters) return started;
    started = undefined;
    try {
      module ??= compile(assignKernel);
      const layout = layoutOf(clusters);
      const memory = new webAssembly.Memory({ initial: pagesOf(layout, 1) });
      started = { layout, tile: tileOf(startKernel(module, memory), memory, layout, 0) };
    } catch {
      missing = !module;
    }
    return started;
  }

  return (arrays) => {
    const found = start(arrays.clusters);
    if (!found) return fillPlain(arrays);
    found.tile.weigh(arrays);
    fillByTile(found.tile, found.layout, arrays);
  };
}

/** `fused.assign` of typed arrays by the kernel. For bundles that should hold nothing else of the host backend. */
export function simdAssign(): HostAssign {
  return assignWith(simdFill());
}
