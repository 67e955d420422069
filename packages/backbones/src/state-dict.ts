import * as tf from '@tensorflow/tfjs-core';
import type { Module } from './module.ts';
import { StateMismatchError } from './state-mismatch-error.ts';

/** One entry of a state dictionary, row-major. */
export interface StateEntry {
  /** `int64` values are held in an Int32Array and written to files as 64-bit (PyTorch's batch counters). */
  dtype: 'float32' | 'int32' | 'int64';
  shape: number[];
  data: Float32Array | Int32Array;
}

/** A module's state under PyTorch's names. */
export type StateDict = Map<string, StateEntry>;

/**
 * Copies a module's parameters and buffers to the host, in PyTorch's order.
 *
 * @param prefix put before every name, such as `backbone.`
 */
export async function stateDict(module: Module, prefix = ''): Promise<StateDict> {
  const entries = await Promise.all(
    module.stateNames.map(async (name): Promise<[string, StateEntry]> => {
      const variable = variableOf(module, name);
      const data = (await variable.data()) as Float32Array | Int32Array;
      const dtype = variable.dtype === 'int32' ? 'int64' : 'float32';
      return [prefix + name, { dtype, shape: variable.shape.slice(), data: data.slice() }];
    }),
  );
  return new Map(entries);
}

/**
 * Puts a state dictionary into a module, strictly: every entry must be there, with its shape, and no other.
 * Nothing is changed unless everything fits.
 *
 * @param options.prefix entries without this prefix are not the module's and are passed over
 * @throws {StateMismatchError} that names every missing and unexpected entry, and both shapes of every misfit
 */
export function loadStateDict(
  module: Module,
  dict: ReadonlyMap<string, Pick<StateEntry, 'shape' | 'data'>>,
  options: { prefix?: string } = {},
): void {
  const prefix = options.prefix ?? '';
  const problems = [];
  for (const name of module.stateNames) {
    const entry = dict.get(prefix + name);
    const { shape, dtype } = variableOf(module, name);
    if (!entry) problems.push(`missing ${prefix}${name} of shape [${shape}]`);
    else problems.push(...misfits(prefix + name, entry, shape, dtype));
  }
  const known = new Set(module.stateNames.map((name) => prefix + name));
  for (const [name, { shape }] of dict) {
    if (name.startsWith(prefix) && !known.has(name)) problems.push(`unexpected ${name} of shape [${shape}]`);
  }
  if (problems.length > 0) throw new StateMismatchError(problems);
  for (const name of module.stateNames) {
    const variable = variableOf(module, name);
    const { data } = dict.get(prefix + name)!;
    const copy = variable.dtype === 'int32' ? new Int32Array(data) : new Float32Array(data);
    const value = tf.tensor(copy, variable.shape, variable.dtype);
    variable.assign(value);
    value.dispose();
  }
}

function misfits(
  name: string,
  entry: Pick<StateEntry, 'shape' | 'data'>,
  shape: readonly number[],
  dtype: string,
): string[] {
  if (entry.shape.join() !== shape.join()) {
    return [`${name} has shape [${entry.shape}], but [${shape}] is needed`];
  }
  const size = shape.reduce((a, b) => a * b, 1);
  if (entry.data.length !== size) {
    return [`${name} has ${entry.data.length} values, but its shape [${shape}] holds ${size}`];
  }
  if (dtype === 'int32' && !entry.data.every((value) => Number.isInteger(value))) {
    return [`${name} has fractions, but integers are needed`];
  }
  return [];
}

function variableOf(module: Module, name: string): tf.Variable {
  return (module.parameters.get(name) ?? module.buffers.get(name))!;
}
