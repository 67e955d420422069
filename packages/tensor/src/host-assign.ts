import { expectMatrix } from './host-shape.ts';
import { NonFiniteError } from './non-finite-error.ts';
import { ShapeError } from './shape-error.ts';
import type { AssignedRows, FusedAssignOptions, HostTensor } from './tensor-backend.ts';

const { fround } = Math;
const BOOST = fround(1.01);

/** The arrays of one assignment. */
export interface AssignArrays {
  rows: number;
  clusters: number;
  /** `[rows, K]`. */
  similarities: Float32Array;
  /** `[K]` each. */
  lower?: Float32Array;
  higher?: Float32Array;
  /** In float32. */
  temperature: number;
  /** `[rows, K]`, to be written; may be `similarities`. */
  targets: Float32Array;
  /** `[rows]` each, to be written. */
  assignments: Int32Array;
  rawAssignments: Int32Array;
}

/** Fills the arrays of an assignment. */
export type AssignFill = (arrays: AssignArrays) => void;

function nonFinite(z: Float32Array, start: number, columns: number): NonFiniteError {
  let at = start;
  while (Number.isFinite(z[at])) at++;
  return new NonFiniteError(
    `similarities[${start / columns}, ${at - start}] is ${z[at]}, but every entry must be finite: look for the step of the network that made it`,
  );
}

/**
 * Cluster balancing and softmax of one row, rounded to float32 after every operation so that the labels are those of a
 * float32 library. The row of `targets` holds the row's balanced similarities on the way.
 */
export function assignRow(arrays: AssignArrays, row: number): void {
  const { clusters, similarities: z, lower, higher, temperature: tau, targets } = arrays;
  const start = row * clusters;
  let poison = 0; // turns NaN at the first entry that is not finite
  let raw = 0;
  let largest = -Infinity;
  for (let k = 0; k < clusters; k++) {
    const value = z[start + k];
    poison += value * 0;
    if (value > largest) {
      largest = value;
      raw = k;
    }
  }
  if (poison !== 0) throw nonFinite(z, start, clusters);

  if (lower && higher) {
    let nearest = 0;
    let best = -Infinity;
    for (let k = 0; k < clusters; k++) {
      const pulled = fround(1 - fround(fround(1 - z[start + k]) * lower[k]));
      const pushed = fround(fround(fround(pulled + 1) * higher[k]) - 1);
      targets[start + k] = pushed;
      if (pushed > best) {
        best = pushed;
        nearest = k;
      }
    }
    targets[start + nearest] *= BOOST;
    largest = -Infinity;
    for (let k = 0; k < clusters; k++) {
      const logit = fround(Math.max(-1, Math.min(1, targets[start + k])) / tau);
      targets[start + k] = logit;
      if (logit > largest) largest = logit;
    }
  } else {
    for (let k = 0; k < clusters; k++) targets[start + k] = z[start + k] / tau;
    largest = fround(largest / tau);
  }

  let sum = 0;
  for (let k = 0; k < clusters; k++) {
    const power = fround(Math.exp(fround(targets[start + k] - largest)));
    targets[start + k] = power;
    sum += power;
  }
  let target = 0;
  let best = -1;
  for (let k = 0; k < clusters; k++) {
    const share = fround(targets[start + k] / sum);
    targets[start + k] = share;
    if (share > best) {
      best = share;
      target = k;
    }
  }
  arrays.assignments[row] = target;
  arrays.rawAssignments[row] = raw;
}

/** All rows in plain JavaScript. */
export function fillPlain(arrays: AssignArrays): void {
  for (let row = 0; row < arrays.rows; row++) assignRow(arrays, row);
}

/** `fused.assign` of typed arrays. */
export type HostAssign = (
  similarities: HostTensor,
  options: FusedAssignOptions<HostTensor>,
) => AssignedRows<HostTensor>;

/** `fused.assign` of typed arrays, the work done by `fill`. */
export function assignWith(fill: AssignFill): HostAssign {
  return (similarities, { weights, temperature, into }) => {
    expectMatrix('assign', 'similarities', similarities);
    const [rows, clusters] = similarities.shape;
    const size = rows * clusters;
    if (into && !(into instanceof Float32Array && into.length === size)) {
      throw new ShapeError(
        `assign: into is ${into.constructor?.name} of length ${into.length}, but the targets need a Float32Array of ${size}`,
      );
    }
    const targets = into ?? new Float32Array(size);
    const assignments = new Int32Array(rows);
    const rawAssignments = new Int32Array(rows);
    fill({
      rows,
      clusters,
      similarities: similarities.data as Float32Array,
      lower: weights?.lower.data as Float32Array | undefined,
      higher: weights?.higher.data as Float32Array | undefined,
      temperature: fround(temperature),
      targets,
      assignments,
      rawAssignments,
    });
    return {
      targets: { data: targets, shape: [rows, clusters] },
      assignments: { data: assignments, shape: [rows] },
      rawAssignments: { data: rawAssignments, shape: [rows] },
    };
  };
}

/** `fused.assign` of typed arrays in plain JavaScript. For bundles that should hold nothing else of the host backend. */
export function plainAssign(): HostAssign {
  return assignWith(fillPlain);
}
