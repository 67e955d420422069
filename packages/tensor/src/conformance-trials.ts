import { arithmeticTrials } from './conformance-arithmetic.ts';
import { assignTrials } from './conformance-assign.ts';
import { Bench } from './conformance-bench.ts';
import { asConformanceError, ConformanceError } from './conformance-error.ts';
import { lifetimeTrials } from './conformance-lifetime.ts';
import { reductionTrials } from './conformance-reductions.ts';
import { expectRoundTrip } from './conformance-round-trip.ts';
import { rowTrials } from './conformance-rows.ts';
import type { TensorBackend } from './tensor-backend.ts';

/** A backend, or a function that makes it, now or later; it is called once. */
export type BackendUnderTest<T> = TensorBackend<T> | (() => TensorBackend<T> | Promise<TensorBackend<T>>);

/** One thing that an operation has to do. */
export interface Trial {
  operation: string;
  says: string;
  run<T>(bench: Bench<T>): Promise<void>;
}

/** A trial of a certain backend. */
export interface BackendTrial {
  operation: string;
  says: string;
  /** @throws ConformanceError, and nothing else */
  run(): Promise<void>;
}

/**
 * All trials of a backend, in order. One needs `fromHost`, `toHost`, `shape` and the operation it is named after, so
 * that a failure points at its operation; where one of the three is broken, every failure names that one.
 */
export function trialsOf<T>(backend: BackendUnderTest<T>): BackendTrial[] {
  let beginning: Promise<{ made: TensorBackend<T>; broken?: ConformanceError }> | undefined;

  async function begin() {
    const made = await (typeof backend === 'function' ? backend() : backend);
    try {
      await expectRoundTrip(made);
      return { made };
    } catch (error) {
      return { made, broken: error as ConformanceError };
    }
  }

  return TRIALS.map(({ operation, says, run }) => ({
    operation,
    says,
    async run() {
      beginning ??= begin();
      const { made, broken } = await beginning;
      if (broken && broken.operation !== operation) {
        const { got, expected } = broken;
        throw new ConformanceError(broken.operation, `${got} (so ${operation} cannot be tried)`, expected);
      }
      if (broken) throw broken;
      const bench = new Bench(made, operation);
      try {
        await run(bench);
        await bench.expectInputsUnchanged();
      } catch (error) {
        throw asConformanceError(operation, error);
      }
    },
  }));
}

const TRIALS: readonly Trial[] = [
  ...lifetimeTrials,
  ...arithmeticTrials,
  ...reductionTrials,
  ...rowTrials,
  ...assignTrials,
];
