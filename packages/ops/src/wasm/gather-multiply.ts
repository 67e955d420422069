import type { AxisTap } from './axis-taps.ts';
import type { Heap } from './heap.ts';
import { ROW_GROUP } from './multiply-program.ts';
import { type PanelLayout, packPanels, panelBytes, panelCount } from './panels.ts';

/** Packed rows kept at a time: they and one panel of weights should fit the second-level cache. */
const PACKED_BYTES = 96 * 1024;

export interface GatherMultiply {
  images: number;
  source: { address: number; width: number; height: number; channels: number };
  target: { address: number; width: number; height: number; channels: number };
  /** For every target row / column, the source rows / columns it reads and through which kernel tap. */
  rowTaps: AxisTap[][];
  columnTaps: AxisTap[][];
  kernelWidth: number;
  weights: { address: number; layout: PanelLayout };
}

/**
 * target[n, location] = Σ over the taps of the location: source[n, tap's place] · weights[tap]. A convolution, or
 * its input gradient. The same location of four images is computed together, so that all four read the same taps
 * and none that lie in the padding.
 */
export function gatherMultiply(heap: Heap, work: GatherMultiply): void {
  const { images, source, target, rowTaps, columnTaps, weights } = work;
  const { layout } = weights;
  const longest = (taps: AxisTap[][]) => Math.max(...taps.map((list) => list.length));
  const mostTaps = longest(rowTaps) * longest(columnTaps);
  const mostInner = Math.max(1, mostTaps * source.channels);
  const block = Math.max(
    ROW_GROUP,
    Math.min(
      Math.ceil(images / ROW_GROUP) * ROW_GROUP,
      Math.floor(PACKED_BYTES / (mostInner * 4 * ROW_GROUP)) * ROW_GROUP,
    ),
  );
  const sizes = {
    panels: panelCount(layout.columns) * panelBytes(layout),
    rows: block * mostInner * 4,
    tile: 128,
    taps: mostTaps * 4,
    runs: mostTaps * 8,
  };
  const total = Object.values(sizes).reduce((a, b) => a + align(b), 0);
  heap.scratch(total, (start) => {
    const panels = start;
    const rows = panels + align(sizes.panels);
    const tile = rows + align(sizes.rows);
    const tapList = tile + align(sizes.tile);
    const runList = tapList + align(sizes.taps);
    const taps = heap.integers(tapList, mostTaps);
    const runs = heap.integers(runList, mostTaps * 2);
    packPanels(heap, weights.address, panels, layout);
    const sourceBytes = source.width * source.height * source.channels * 4;
    const targetBytes = target.width * target.height * target.channels * 4;
    for (let first = 0; first < images; first += block) {
      const groups = Math.ceil(Math.min(block, images - first) / ROW_GROUP);
      for (let y = 0; y < target.height; y++) {
        for (let x = 0; x < target.width; x++) {
          let tapCount = 0;
          let runCount = 0;
          let previous = Number.NaN;
          for (const row of rowTaps[y]) {
            for (const column of columnTaps[x]) {
              const tap = row.tap * work.kernelWidth + column.tap;
              taps[tapCount++] = (row.source * source.width + column.source) * source.channels * 4;
              if (tap === previous + 1) runs[2 * runCount - 1] += source.channels;
              else {
                runs[2 * runCount] = tap * source.channels * 32;
                runs[2 * runCount + 1] = source.channels;
                runCount++;
              }
              previous = tap;
            }
          }
          heap.loops.pack(
            source.address,
            sourceBytes,
            first,
            images - 1,
            groups,
            tapList,
            tapCount,
            source.channels,
            4,
            rows,
          );
          heap.loops.multiply(
            rows,
            groups,
            tapCount * source.channels * 4 * ROW_GROUP,
            runList,
            runCount,
            panels,
            panelBytes(layout),
            layout.columns,
            target.address + (y * target.width + x) * target.channels * 4,
            targetBytes,
            first,
            images - 1,
            tile,
          );
        }
      }
    }
  });
}

export const align = (bytes: number): number => (bytes + 15) & ~15;
