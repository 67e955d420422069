import { type AxisGeometry, forwardTaps } from './axis-taps.ts';
import { align } from './gather-multiply.ts';
import type { Heap } from './heap.ts';
import { PANEL, ROW_GROUP } from './multiply-program.ts';

/** Positions worked on at a time: one group of x and one panel of dy over them should fit the first-level cache. */
const CHUNK_POSITIONS = 384;
/** Packed bytes of a chunk, all channels: they should fit the second-level cache. */
const CHUNK_BYTES = 256 * 1024;
/** Rows of at least this many positions are walked along the row, shorter ones across the images. */
const LONG_ROW = 8;
/** Bytes of one position in a packed group of x and in a packed panel of dy. */
const [X_STEP, DY_STEP] = [4 * ROW_GROUP, 4 * PANEL];

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

/**
 * The weight gradient of a convolution: for every tap, Σ over images and positions of x ⊗ dy. A few images at a time
 * are packed so that four channels of x, or eight of dy, of all positions lie side by side.
 */
export function gatherOuter(heap: Heap, work: GatherOuter): void {
  const { images, x, dy, rows, columns } = work;
  const xGroups = Math.ceil(x.channels / ROW_GROUP);
  const dyPanels = Math.ceil(dy.channels / PANEL);
  const tapFloats = xGroups * dyPanels * ROW_GROUP * PANEL;
  const taps = rows.kernel * columns.kernel;
  const xPositions = rows.input * columns.input;
  const dyPositions = rows.output * columns.output;
  const imageBytes = xPositions * xGroups * X_STEP + dyPositions * dyPanels * DY_STEP;
  const fitting = Math.min(CHUNK_POSITIONS / Math.max(xPositions, dyPositions), CHUNK_BYTES / imageBytes);
  const chunk = Math.max(1, Math.min(images, Math.floor(fitting)));
  const along = columns.output >= LONG_ROW;
  const plans = tapPlans(work, along, along ? chunk : 1);
  const listInts = Math.max(1, ...plans.map((plan) => plan.entries.length));
  const sumBytes = align(taps * tapFloats * 4);
  const listBytes = align(listInts * plans.length * 4);
  heap.scratch(sumBytes + listBytes + chunk * imageBytes, (sums) => {
    const list = sums + sumBytes;
    const packedX = list + listBytes;
    const packedDy = packedX + chunk * xPositions * xGroups * X_STEP;
    heap.floats(sums, taps * tapFloats).fill(0);
    plans.forEach((plan, i) => {
      heap.integers(list + i * listInts * 4, plan.entries.length).set(plan.entries);
    });
    for (let first = 0; first < images; first += chunk) {
      const count = Math.min(chunk, images - first);
      const [xCount, dyCount] = [count * xPositions, count * dyPositions];
      packChannels(
        heap,
        x.address + first * xPositions * x.channels * 4,
        x.channels,
        xCount,
        packedX,
        X_STEP,
      );
      packChannels(
        heap,
        dy.address + first * dyPositions * dy.channels * 4,
        dy.channels,
        dyCount,
        packedDy,
        DY_STEP,
      );
      plans.forEach((plan, i) => {
        const entries = along ? plan.entriesPerImage * count : plan.entriesPerImage;
        const steps = along ? plan.steps : count;
        if (!entries || !steps) return;
        heap.loops.outer(
          packedX,
          packedDy,
          list + i * listInts * 4,
          entries,
          steps,
          (along ? columns.stride : xPositions) * X_STEP,
          (along ? 1 : dyPositions) * DY_STEP,
          xGroups,
          xCount * X_STEP,
          dyPanels,
          dyCount * DY_STEP,
          sums + i * tapFloats * 4,
        );
      });
    }
    unpack(heap, sums, work, xGroups, dyPanels);
  });
}

/**
 * From [positions][channels] to [groups][positions][channels of a group]. The last group may read a few floats past
 * a position's channels, which lie inside the heap and end in sums that are thrown away.
 */
function packChannels(
  heap: Heap,
  source: number,
  channels: number,
  positions: number,
  target: number,
  groupStep: number,
): void {
  for (let channel = 0; channel < channels; channel += groupStep / 4) {
    for (let half = 0; half < groupStep; half += 16) {
      const from = source + channel * 4 + half;
      heap.loops.interleave(
        from,
        from + 4,
        from + 8,
        from + 12,
        channels * 4,
        positions,
        target + half,
        groupStep,
      );
    }
    target += positions * groupStep;
  }
}

interface TapPlan {
  /** Pairs of byte offsets (x, dy) in a packed group and panel. */
  entries: number[];
  entriesPerImage: number;
  steps: number;
}

function tapPlans(work: GatherOuter, along: boolean, images: number): TapPlan[] {
  const { rows, columns } = work;
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
              ((image * rows.input + row.input) * columns.input + column.input) * X_STEP,
              ((image * rows.output + row.output) * columns.output + column.output) * DY_STEP,
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
  const tapTiles = xGroups * dyPanels * ROW_GROUP * PANEL;
  for (let group = 0; group < xGroups; group++) {
    const rowCount = Math.min(ROW_GROUP, inputs - group * ROW_GROUP);
    for (let panel = 0; panel < dyPanels; panel++) {
      const columnCount = Math.min(PANEL, outputs - panel * PANEL);
      const tile = (group * dyPanels + panel) * ROW_GROUP * PANEL;
      for (let c = 0; c < columnCount; c++) {
        for (let r = 0; r < rowCount; r++) {
          const target = (group * ROW_GROUP + r) * inputStep + (panel * PANEL + c) * outputStep;
          let source = tile + r * PANEL + c;
          for (let tap = 0; tap < taps; tap++) {
            to[target + tap * tapStep] = from[source];
            source += tapTiles;
          }
        }
      }
    }
  }
}
