import type { Run } from './run-specs.ts';
import type { Verdict } from './verdict.ts';

/** The run in the form of vitest's JSON report, as far as the sum of all tests reads it, and all results. */
export function testReport(run: Run, verdict: Verdict) {
  return {
    numPassedTests: verdict.passed,
    numFailedTests: verdict.failures.length,
    numPendingTests: verdict.pending + verdict.excepted.length,
    numTodoTests: 0,
    testResults: [],
    withoutFallback: verdict.withoutFallback,
    native: verdict.native,
    failures: verdict.failures,
    specs: run.specs.map((spec) => ({ ...spec, fallbacks: Object.fromEntries(spec.fallbacks) })),
  };
}
