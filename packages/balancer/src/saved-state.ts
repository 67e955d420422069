import type { AssignerState } from './assigner.ts';
import type { WindowCounts } from './cluster-health.ts';
import { StateError } from './state-error.ts';

/** @throws StateError unless `values` is there, of that length and finite */
export function expectNumbers(
  name: string,
  values: ArrayLike<number> | undefined,
  length: number,
): Float32Array {
  if (!values || values.length !== length) {
    throw new StateError(
      `${name} has ${values ? `${values.length} entries` : 'no entries'}, but must have ${length}`,
    );
  }
  for (let k = 0; k < length; k++) {
    if (Number.isFinite(values[k])) continue;
    throw new StateError(`${name}[${k}] is ${values[k]}, but must be a finite number`);
  }
  return Float32Array.from(values);
}

/** @throws StateError unless `values` is there, of length K, finite and not negative */
export function expectAmounts(
  name: string,
  values: ArrayLike<number> | undefined,
  clusters: number,
): Float32Array {
  const amounts = expectNumbers(name, values, clusters);
  const k = amounts.findIndex((value) => value < 0);
  if (k < 0) return amounts;
  throw new StateError(`${name}[${k}] is ${amounts[k]}, but must be 0 or more`);
}

/** @throws StateError unless `state` is of this assigner and number of clusters */
export function expectOwnState(state: AssignerState, assigner: string, clusters: number): void {
  if (state?.assigner !== assigner) {
    throw new StateError(
      `the state is of assigner '${state?.assigner}', but this one is '${assigner}': restore what its own state() gave`,
    );
  }
  if (state.clusters !== clusters) {
    throw new StateError(
      `the state has ${state.clusters} clusters, but the balancer was made for ${clusters}: pass clusters: ${state.clusters}`,
    );
  }
}

/** The health window as it goes into a state. */
export function savedWindow({ rows, changed, counts, rawCounts }: WindowCounts) {
  return { values: { windowAssignments: rows, windowChanged: changed }, arrays: { counts, rawCounts } };
}

/** The health window of a state; `undefined` where it has none, which starts an empty one. */
export function restoredWindow(state: AssignerState, clusters: number): WindowCounts | undefined {
  const { values, arrays } = state;
  if (!arrays.counts && !arrays.rawCounts) return undefined;
  const number = (name: string): number => {
    if (values[name] >= 0 && values[name] < Infinity) return values[name];
    throw new StateError(`the state's ${name} is ${values[name]}, but must be a finite number of 0 or more`);
  };
  return {
    rows: number('windowAssignments'),
    changed: number('windowChanged'),
    counts: expectAmounts("the state's counts", arrays.counts, clusters),
    rawCounts: expectAmounts("the state's rawCounts", arrays.rawCounts, clusters),
  };
}
