import * as tf from '@tensorflow/tfjs-core';

/** Values of variables at one moment. Values are shared with the variables, not copied. */
export interface Snapshot {
  /** Puts the values back. */
  restore(): void;
  dispose(): void;
}

/** Remembers the present value of every variable. */
export function takeSnapshot(variables: Iterable<tf.Variable>): Snapshot {
  const values = [...variables].map((variable) => ({ variable, value: tf.keep(tf.clone(variable)) }));
  return {
    restore() {
      for (const { variable, value } of values) variable.assign(value);
    },
    dispose() {
      for (const { value } of values) value.dispose();
    },
  };
}
