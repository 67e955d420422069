import type { Heap } from './heap.ts';
import { PANEL } from './multiply-program.ts';

/** Where the entries of the right factor lie: entry (tap, inner, column) at the sum of the strides, in bytes. */
export interface PanelLayout {
  columns: number;
  columnStride: number;
  taps: number;
  tapStride: number;
  inner: number;
  innerStride: number;
}

/** Bytes of one packed panel: [taps][inner][8] floats. */
export const panelBytes = (layout: Pick<PanelLayout, 'taps' | 'inner'>): number =>
  layout.taps * layout.inner * PANEL * 4;

export const panelCount = (columns: number): number => Math.ceil(columns / PANEL);

/** Packs the right factor of a product into panels of eight columns; columns past the last repeat it. */
export function packPanels(heap: Heap, source: number, target: number, layout: PanelLayout): void {
  const { interleave } = heap.loops;
  const lane = (column: number) => source + Math.min(column, layout.columns - 1) * layout.columnStride;
  for (let column = 0; column < layout.columns; column += PANEL) {
    for (let tap = 0; tap < layout.taps; tap++) {
      const shift = tap * layout.tapStride;
      for (const half of [0, 4]) {
        interleave(
          lane(column + half) + shift,
          lane(column + half + 1) + shift,
          lane(column + half + 2) + shift,
          lane(column + half + 3) + shift,
          layout.innerStride,
          layout.inner,
          target + half * 4,
          PANEL * 4,
        );
      }
      target += layout.inner * PANEL * 4;
    }
  }
}
