import { type AxisGeometry, forwardTaps } from './axis-taps.ts';
import { align } from './gather-multiply.ts';
import type { Heap } from './heap.ts';
import { PANEL, ROW_GROUP } from './multiply-program.ts';

/** Bytes of both factors that are worked on at a time; they should stay in the cache while every tap reads them. */
const CHUNK_BYTES = 128 * 1024;
/** Rows of at least this many positions are walked along the row, shorter ones across the images. */
const LONG_ROW = 8;

export interface GatherOuter {
  images: number;
  x: { address: number; channels: number };
  dy: { address: number; channels: number };
  rows: AxisGeometry;
  columns: AxisGeometry;
  /** Byte address of the result, and the order of its axes (outputs, inputs, kernel height, kernel width). */
  target: number;
  order: 'OIHW' | 'HWIO';
}

/** The weight gradient of a convolution: for every tap, Σ over images and positions of x ⊗ dy. */
export function gatherOuter(heap: Heap, work: GatherOuter): void {
  const { images, x, dy, rows, columns } = work;
  const xGroups = Math.ceil(x.channels / ROW_GROUP);
  const dyPanels = Math.ceil(dy.channels / PANEL);
  const tapFloats = xGroups * dyPanels * ROW_GROUP * PANEL;
  const taps = rows.kernel * columns.kernel;
  const xBytes = rows.input * columns.input * x.channels * 4;
  const dyBytes = rows.output * columns.output * dy.channels * 4;
  const along = columns.output >= LONG_ROW;
  const chunk = Math.max(1, Math.min(images, Math.floor(CHUNK_BYTES / (xBytes + dyBytes))));
  const plans = tapPlans(work, along, along ? chunk : 1);
  const longest = Math.max(1, ...plans.map((plan) => plan.entries.length));
  const sumBytes = align(taps * tapFloats * 4);
  heap.scratch(sumBytes + longest * 4 * plans.length, (sums) => {
    heap.floats(sums, taps * tapFloats).fill(0);
    const list = sums + sumBytes;
    plans.forEach((plan, i) => {
      heap.integers(list + i * longest * 4, plan.entries.length).set(plan.entries);
    });
    for (let first = 0; first < images; first += chunk) {
      const count = Math.min(chunk, images - first);
      plans.forEach((plan, i) => {
        const entries = along ? plan.entriesPerImage * count : plan.entriesPerImage;
        const steps = along ? plan.steps : count;
        if (!entries || !steps) return;
        heap.loops.outer(
          x.address + first * xBytes,
          dy.address + first * dyBytes,
          list + i * longest * 4,
          entries,
          steps,
          along ? columns.stride * x.channels * 4 : xBytes,
          along ? dy.channels * 4 : dyBytes,
          xGroups,
          dyPanels,
          sums + i * tapFloats * 4,
        );
      });
    }
    unpack(heap, sums, work, xGroups, dyPanels);
  });
}

interface TapPlan {
  /** Pairs of byte offsets (x, dy). */
  entries: number[];
  entriesPerImage: number;
  steps: number;
}

function tapPlans(work: GatherOuter, along: boolean, images: number): TapPlan[] {
  const { x, dy, rows, columns } = work;
  const places = (axis: AxisGeometry) => {
    const pairs: { input: number; output: number }[][] = Array.from({ length: axis.kernel }, () => []);
    forwardTaps(axis).forEach((taps, output) => {
      for (const { tap, source } of taps) pairs[tap].push({ input: source, output });
    });
    return pairs;
  };
  const columnPlaces = places(columns);
  return places(rows).flatMap((rowPairs) =>
    columnPlaces.map((columnPairs) => {
      const starts = along ? columnPairs.slice(0, 1) : columnPairs;
      const entries: number[] = [];
      for (let image = 0; image < images; image++) {
        for (const row of rowPairs) {
          for (const column of starts) {
            entries.push(
              ((image * rows.input + row.input) * columns.input + column.input) * x.channels * 4,
              ((image * rows.output + row.output) * columns.output + column.output) * dy.channels * 4,
            );
          }
        }
      }
      return { entries, entriesPerImage: rowPairs.length * starts.length, steps: columnPairs.length };
    }),
  );
}

/** From [tap][input group][output panel][4][8] to the wanted order. */
function unpack(heap: Heap, sums: number, work: GatherOuter, xGroups: number, dyPanels: number): void {
  const inputs = work.x.channels;
  const outputs = work.dy.channels;
  const taps = work.rows.kernel * work.columns.kernel;
  const [tapStep, inputStep, outputStep] =
    work.order === 'OIHW' ? [1, taps, inputs * taps] : [inputs * outputs, outputs, 1];
  const from = heap.floats(sums, taps * xGroups * dyPanels * ROW_GROUP * PANEL);
  const to = heap.floats(work.target, outputs * inputs * taps);
  let tile = 0;
  for (let tap = 0; tap < taps; tap++) {
    for (let group = 0; group < xGroups; group++) {
      const rowCount = Math.min(ROW_GROUP, inputs - group * ROW_GROUP);
      for (let panel = 0; panel < dyPanels; panel++) {
        const columnCount = Math.min(PANEL, outputs - panel * PANEL);
        for (let r = 0; r < rowCount; r++) {
          let target = tap * tapStep + (group * ROW_GROUP + r) * inputStep + panel * PANEL * outputStep;
          for (let c = 0; c < columnCount; c++) {
            to[target] = from[tile + r * PANEL + c];
            target += outputStep;
          }
        }
        tile += ROW_GROUP * PANEL;
      }
    }
  }
}
