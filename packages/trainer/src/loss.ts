import { softmaxCrossEntropy } from '@excb/ops';
import * as tf from '@tensorflow/tfjs-core';
import { LossShapeError } from './errors.ts';
import { type MatchTable, matchedPairs } from './match-table.ts';

/**
 * The training loss: the mean over all matched (teacher view, student view) terms of
 * −Σ q·log softmax(p / studentTemperature), averaged over the batch. Source: method §3.
 *
 * The terms of one student view share its log-softmax, so the targets of the teacher views matched with it are
 * added first and each student row is visited once.
 *
 * @param similarities student, `[studentViews·B, K]`, view-major
 * @param targets teacher, `[teacherViews·B, K]`, view-major; no gradient flows into them
 * @returns a scalar
 * @throws LossShapeError when the rows do not fit the table
 */
export function clusterLoss(
  similarities: tf.Tensor2D,
  targets: tf.Tensor2D,
  table: MatchTable,
  studentTemperature: number,
): tf.Scalar {
  const batch = targets.shape[0] / table.teacherViews;
  if (!Number.isInteger(batch) || similarities.shape[0] !== batch * table.studentViews) {
    throw new LossShapeError(similarities.shape, targets.shape, table);
  }
  const pairs = matchedPairs(table);
  const teachersOf = new Map<number, number[]>();
  for (const [teacher, student] of pairs) {
    teachersOf.set(student, [...(teachersOf.get(student) ?? []), teacher]);
  }
  return tf.tidy(() => {
    const targetViews = new Map<string, tf.Tensor2D>();
    const targetOf = (teachers: number[]): tf.Tensor2D => {
      const key = teachers.join();
      const known = targetViews.get(key);
      if (known) return known;
      const parts = teachers.map((teacher) => tf.slice(targets, [teacher * batch, 0], [batch, -1]));
      const sum = (parts.length === 1 ? parts[0] : tf.addN(parts)) as tf.Tensor2D;
      targetViews.set(key, sum);
      return sum;
    };
    const students = [...teachersOf.keys()].sort((a, b) => a - b);
    const wanted = tf.concat(students.map((student) => targetOf(teachersOf.get(student)!)));
    const rows = runs(students).map(([first, count]) =>
      tf.slice(similarities, [first * batch, 0], [count * batch, -1]),
    );
    const matched = (rows.length === 1 ? rows[0] : tf.concat(rows)) as tf.Tensor2D;
    const perRow = softmaxCrossEntropy(matched, wanted as tf.Tensor2D, studentTemperature);
    return tf.div(tf.sum(perRow), pairs.length * batch) as tf.Scalar;
  });
}

/** Ascending numbers as runs of consecutive ones: [first, count]. */
function runs(ascending: number[]): [first: number, count: number][] {
  const found: [number, number][] = [];
  for (const value of ascending) {
    const last = found.at(-1);
    if (last && last[0] + last[1] === value) last[1]++;
    else found.push([value, 1]);
  }
  return found;
}
