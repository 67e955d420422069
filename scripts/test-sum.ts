/** The parts of vitest's JSON report that the sum is made of. */
export interface TestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { name: string; status: string; assertionResults: { status: string }[] }[];
}

/** One command: how it ended, and the report it wrote, if it came so far. */
export interface Step {
  name: string;
  exitCode: number;
  report?: TestReport;
}

export interface Sum {
  passed: number;
  failed: number;
  skipped: number;
}

/** Counts tests, and counts as one failure what no test accounts for: a file that did not load, a check, a crash. */
export function sumStep({ exitCode, report }: Step): Sum {
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  const counted = report.numFailedTests + brokenFiles.length;
  const nothingRan = report.numPassedTests + counted === 0;
  return {
    passed: report.numPassedTests,
    failed: counted === 0 && (exitCode !== 0 || nothingRan) ? 1 : counted,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** The sum of all steps. A sum without a single passed test is a failure, as is an empty list. */
export function sumSteps(steps: Step[]): Sum {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const step of steps) {
    const sum = sumStep(step);
    total.passed += sum.passed;
    total.failed += sum.failed;
    total.skipped += sum.skipped;
  }
  if (total.passed === 0) total.failed = 1;
  return total;
}

/** `12 passed, 0 failed`, and `, 1 skipped` where something was skipped. */
export function formatSum({ passed, failed, skipped }: Sum): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
