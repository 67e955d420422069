import { type BackendUnderTest, trialsOf } from './conformance-trials.ts';

/** `describe` and `it` of any test runner: vitest, jest, jasmine, mocha, node:test. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => Promise<void>): unknown;
}

/**
 * Declares one test for each thing the interface asks of a backend, named `operation: what it does`. Failures are
 * thrown as `ConformanceError`: which operation, what it gave, what was expected.
 *
 * @param name stands in the name of the suite
 */
export function conformanceSuite<T>(
  backend: BackendUnderTest<T>,
  { describe, it }: TestRunner,
  name = 'tensor backend',
): void {
  describe(`${name} conforms to the tensor interface`, () => {
    for (const { operation, says, run } of trialsOf(backend)) it(`${operation}: ${says}`, run);
  });
}
