import { expectMatrix } from './host-shape.ts';
import { NonFiniteError } from './non-finite-error.ts';
import type { AssignedRows, FusedAssignOptions, HostTensor } from './tensor-backend.ts';

const { fround } = Math;
const BOOST = fround(1.01);

function nonFinite(z: ArrayLike<number>, start: number, columns: number): NonFiniteError {
  let at = start;
  while (Number.isFinite(z[at])) at++;
  return new NonFiniteError(
    `similarities[${start / columns}, ${at - start}] is ${z[at]}, but every entry must be finite: look for the step of the network that made it`,
  );
}

/**
 * Cluster balancing in one pass over the rows, rounded to float32 after every operation so that the labels are
 * those of a float32 library. The row of `targets` holds the row's balanced similarities on the way.
 */
export function assign(
  similarities: HostTensor,
  { weights, temperature }: FusedAssignOptions<HostTensor>,
): AssignedRows<HostTensor> {
  expectMatrix('assign', 'similarities', similarities);
  const [rows, clusters] = similarities.shape;
  const z = similarities.data;
  const lower = weights?.lower.data;
  const higher = weights?.higher.data;
  const tau = fround(temperature);
  const targets = new Float32Array(rows * clusters);
  const assignments = new Int32Array(rows);
  const rawAssignments = new Int32Array(rows);

  for (let row = 0; row < rows; row++) {
    const start = row * clusters;
    let poison = 0; // turns NaN at the first entry that is not finite
    let raw = 0;
    let rawBest = -Infinity;
    if (lower && higher) {
      let nearest = 0;
      let best = -Infinity;
      for (let k = 0; k < clusters; k++) {
        const value = z[start + k];
        poison += value * 0;
        if (value > rawBest) {
          rawBest = value;
          raw = k;
        }
        const pulled = fround(1 - fround(fround(1 - value) * lower[k]));
        const pushed = fround(fround(fround(pulled + 1) * higher[k]) - 1);
        targets[start + k] = pushed;
        if (pushed > best) {
          best = pushed;
          nearest = k;
        }
      }
      targets[start + nearest] *= BOOST;
    } else {
      for (let k = 0; k < clusters; k++) {
        const value = z[start + k];
        poison += value * 0;
        if (value > rawBest) {
          rawBest = value;
          raw = k;
        }
        targets[start + k] = value;
      }
    }
    if (poison !== 0) throw nonFinite(z, start, clusters);
    rawAssignments[row] = raw;

    let largest = -Infinity;
    for (let k = 0; k < clusters; k++) {
      const value = targets[start + k];
      const clamped = lower ? Math.max(-1, Math.min(1, value)) : value;
      const logit = fround(clamped / tau);
      targets[start + k] = logit;
      if (logit > largest) largest = logit;
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
    assignments[row] = target;
  }
  return {
    targets: { data: targets, shape: [rows, clusters] },
    assignments: { data: assignments, shape: [rows] },
    rawAssignments: { data: rawAssignments, shape: [rows] },
  };
}
