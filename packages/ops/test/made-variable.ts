import { type Tensor, type Variable, variable } from '@tensorflow/tfjs-core';

/** A variable that alone owns its values. */
export function madeVariable(initial: Tensor, trainable = true): Variable {
  const made = variable(initial, trainable);
  initial.dispose();
  return made;
}
