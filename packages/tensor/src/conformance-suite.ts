import { arithmeticTrials } from './conformance-arithmetic.ts';
import { assignTrials } from './conformance-assign.ts';
import { Bench } from './conformance-bench.ts';
import { lifetimeTrials } from './conformance-lifetime.ts';
import { reductionTrials } from './conformance-reductions.ts';
import { rowTrials } from './conformance-rows.ts';
import type { TensorBackend } from './tensor-backend.ts';

/** `describe` and `it` of any test runner: vitest, jest, jasmine, mocha, node:test. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => Promise<void>): unknown;
}

/** A backend, or a function that makes it, now or later; it is called once. */
export type BackendUnderTest<T> = TensorBackend<T> | (() => TensorBackend<T> | Promise<TensorBackend<T>>);

/** One thing that an operation has to do. */
export interface Trial {
  operation: string;
  says: string;
  run<T>(bench: Bench<T>): Promise<void>;
}

/**
 * Declares one test for each thing the interface asks of a backend, named `operation: what it does`. A test needs
 * `fromHost`, `toHost`, `shape` and the operation it is named after, and nothing else, so that a failure points
 * at its operation. Failures are thrown as `ConformanceError`.
 *
 * @param name stands in the name of the suite
 */
export function conformanceSuite<T>(
  backend: BackendUnderTest<T>,
  { describe, it }: TestRunner,
  name = 'tensor backend',
): void {
  let made: Promise<TensorBackend<T>> | undefined;
  const get = (): Promise<TensorBackend<T>> => {
    made ??= Promise.resolve(typeof backend === 'function' ? backend() : backend);
    return made;
  };
  describe(`${name} conforms to the tensor interface`, () => {
    for (const trial of TRIALS) {
      it(`${trial.operation}: ${trial.says}`, async () => {
        const bench = new Bench(await get(), trial.operation);
        await trial.run(bench);
        await bench.expectInputsUnchanged();
      });
    }
  });
}

const TRIALS: readonly Trial[] = [
  ...lifetimeTrials,
  ...arithmeticTrials,
  ...reductionTrials,
  ...rowTrials,
  ...assignTrials,
];
