import * as tf from '@tensorflow/tfjs-core';
import { initialValues } from './initialise.ts';
import type { LayoutEntry } from './layout.ts';
import type { Module } from './module.ts';

/** The variables of a module, made from its layout. */
export class VariableStore implements Module {
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  readonly buffers: ReadonlyMap<string, tf.Variable>;
  readonly stateNames: readonly string[];

  /** @param seed same seed, same weights; each entry has its own stream */
  constructor(layout: readonly LayoutEntry[], seed: number) {
    const parameters = new Map<string, tf.Variable>();
    const buffers = new Map<string, tf.Variable>();
    for (const entry of layout) {
      const isParameter = entry.role === 'parameter' || entry.role === 'frozen';
      (isParameter ? parameters : buffers).set(entry.name, createVariable(entry, seed));
    }
    this.parameters = parameters;
    this.buffers = buffers;
    this.stateNames = layout.map((entry) => entry.name);
  }

  /** The variable of that name, which the layout must hold. */
  get(name: string): tf.Variable {
    const variable = this.parameters.get(name) ?? this.buffers.get(name);
    if (!variable) throw new Error(`the layout has no entry ${name}`);
    return variable;
  }

  /** That variable as an operand of known rank. */
  tensor<T extends tf.Tensor>(name: string): T {
    return this.get(name) as tf.Tensor as T;
  }

  dispose(): void {
    for (const variable of [...this.parameters.values(), ...this.buffers.values()]) variable.dispose();
  }
}

function createVariable(entry: LayoutEntry, seed: number): tf.Variable {
  const values = initialValues(entry.initial, entry.shape, seed, entry.name);
  const initial =
    entry.role === 'counter'
      ? tf.tensor(Int32Array.from(values), entry.shape, 'int32')
      : tf.tensor(values, entry.shape, 'float32');
  const variable = tf.variable(initial, entry.role === 'parameter');
  initial.dispose();
  return variable;
}
