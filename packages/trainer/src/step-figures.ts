import type { Assignment } from '@excb/balancer';
import * as tf from '@tensorflow/tfjs-core';
import { type Agreement, agreement } from './agreement.ts';
import type { MatchTable } from './match-table.ts';

/** What a step says about itself: agreement of labels and how sure student and teacher are. */
export interface StepFigures extends Agreement {
  /** Mean largest target probability. */
  teacherConfidence: number;
  /** Mean largest student probability, over all rows. */
  studentConfidence: number;
}

/**
 * Reads the figures of a step, everything in one go; any `extra` scalars come along with them.
 *
 * @param similarities student, `[studentViews·B, K]`
 * @param samples what label counts are divided by; the batch when absent
 */
export async function stepFigures<Extra extends string = never>(
  similarities: tf.Tensor2D,
  assignment: Assignment<tf.Tensor>,
  table: MatchTable,
  studentTemperature: number,
  samples?: number,
  extra: Record<Extra, tf.Scalar> = {} as Record<Extra, tf.Scalar>,
): Promise<StepFigures & Record<Extra, number>> {
  const names = Object.keys(extra) as Extra[];
  const [scalars, labels] = tf.tidy(() => {
    const scaled = tf.div(similarities, studentTemperature);
    const largest = tf.max(scaled, 1, true);
    const studentConfidence = tf.mean(tf.div(1, tf.sum(tf.exp(tf.sub(scaled, largest)), 1)));
    const teacherConfidence = tf.mean(tf.max(assignment.targets, 1));
    return [
      tf.stack([teacherConfidence, studentConfidence, ...names.map((name) => extra[name])]),
      tf.concat([
        tf.argMax(similarities, 1) as tf.Tensor1D,
        assignment.assignments as tf.Tensor1D,
        assignment.rawAssignments as tf.Tensor1D,
      ]),
    ];
  });
  const [values, all] = await Promise.all([scalars.data(), labels.data()]);
  tf.dispose([scalars, labels]);
  const studentRows = similarities.shape[0];
  const teacherRows = assignment.assignments.shape[0];
  const hard = {
    student: all.subarray(0, studentRows) as Int32Array,
    assigned: all.subarray(studentRows, studentRows + teacherRows) as Int32Array,
    raw: all.subarray(studentRows + teacherRows) as Int32Array,
  };
  const extras = Object.fromEntries(names.map((name, i) => [name, values[2 + i]])) as Record<Extra, number>;
  return {
    ...agreement(hard, table, samples),
    teacherConfidence: values[0],
    studentConfidence: values[1],
    ...extras,
  };
}
