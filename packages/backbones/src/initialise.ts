import { sizeOf } from './layout.ts';
import { namedStream, uniform } from './random-stream.ts';

/** How an entry's values start. */
export type Initialiser =
  | { kind: 'constant'; value: number }
  | { kind: 'normal'; deviation: number }
  /** Normal values; those beyond ±`bound` (absolute, not in deviations) are drawn again. */
  | { kind: 'truncatedNormal'; deviation: number; bound: number }
  /** Uniform in ±`bound`. */
  | { kind: 'uniform'; bound: number }
  /** Random directions: rows of unit length. */
  | { kind: 'unitRows' };

/**
 * Starting values of one entry, row-major. They depend on the seed and the entry's name only, so that adding a
 * layer leaves the others as they were, on every engine.
 */
export function initialValues(
  initial: Initialiser,
  shape: readonly number[],
  seed: number,
  name: string,
): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  if (initial.kind === 'constant') return values.fill(initial.value);
  const stream = namedStream(seed, name);
  if (initial.kind === 'uniform') {
    for (let i = 0; i < values.length; i++) values[i] = initial.bound * (2 * uniform(stream, i) - 1);
    return values;
  }
  const deviation = initial.kind === 'unitRows' ? 1 : initial.deviation;
  const bound = initial.kind === 'truncatedNormal' ? initial.bound : Number.POSITIVE_INFINITY;
  fillNormal(values, stream, deviation, bound);
  if (initial.kind === 'unitRows') normaliseRows(values, shape[shape.length - 1]);
  return values;
}

/** Box-Muller, two values a pair of draws. */
function fillNormal(values: Float32Array, stream: number, deviation: number, bound: number): void {
  let filled = 0;
  for (let draw = 0; filled < values.length; draw += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - uniform(stream, draw)));
    const angle = 2 * Math.PI * uniform(stream, draw + 1);
    const first = radius * Math.cos(angle);
    const second = radius * Math.sin(angle);
    if (Math.abs(first) <= bound) values[filled++] = first;
    if (Math.abs(second) <= bound && filled < values.length) values[filled++] = second;
  }
}

function normaliseRows(values: Float32Array, columns: number): void {
  for (let start = 0; start < values.length; start += columns) {
    const row = values.subarray(start, start + columns);
    const length = Math.hypot(...row) || 1;
    for (let i = 0; i < columns; i++) row[i] /= length;
  }
}
