import * as tf from '@tensorflow/tfjs-core';

type Variables = ReadonlyMap<string, tf.Variable>;

/**
 * `teacher = m·teacher + (1 − m)·student` for every parameter, centroids and the teacher's unused predictor
 * included. Buffers (BatchNorm statistics) are not parameters and stay. Source: method §1.
 */
export function updateTeacher(teacher: Variables, student: Variables, momentum: number): void {
  tf.tidy(() => {
    const keep = tf.scalar(momentum);
    const take = tf.scalar(1 - momentum);
    for (const [name, value] of teacher) {
      value.assign(tf.add(tf.mul(value, keep), tf.mul(student.get(name)!, take)));
    }
  });
}

/** Sets every variable of `to` to a copy of the value of the same name in `from`: the two share no memory. */
export function copyVariables(from: Variables, to: Variables): void {
  tf.tidy(() => {
    for (const [name, value] of to) value.assign(tf.mul(from.get(name)!, tf.scalar(1, value.dtype)));
  });
}
