import { describe, expect, it } from 'vitest';
import { formatSum, sumStep, sumSteps, type TestReport } from '../scripts/test-sum.ts';

function report(passed: number, failed: number, more: Partial<TestReport> = {}): TestReport {
  return {
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [],
    ...more,
  };
}

describe('the sum of the test reports', () => {
  it('adds up passed, failed and skipped tests', () => {
    const sum = sumSteps([
      { name: 'unit', exitCode: 1, report: report(5, 2, { numPendingTests: 1 }) },
      { name: 'browser', exitCode: 0, report: report(3, 0, { numTodoTests: 2 }) },
    ]);
    expect(sum).toEqual({ passed: 8, failed: 2, skipped: 3 });
    expect(formatSum(sum)).toBe('8 passed, 2 failed, 3 skipped');
  });

  it('leaves out the skipped where there are none', () => {
    expect(formatSum({ passed: 1, failed: 0, skipped: 0 })).toBe('1 passed, 0 failed');
  });

  it('counts a command that stopped before its tests as one failure', () => {
    expect(sumStep({ name: 'unit', exitCode: 1 })).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(sumStep({ name: 'unit', exitCode: 0 }).failed).toBe(1);
  });

  it('counts a file that did not load', () => {
    const broken = { name: 'a.test.ts', status: 'failed', assertionResults: [] };
    const failing = { name: 'b.test.ts', status: 'failed', assertionResults: [{ status: 'failed' }] };
    const step = { name: 'unit', exitCode: 1, report: report(4, 1, { testResults: [broken, failing] }) };
    expect(sumStep(step)).toEqual({ passed: 4, failed: 2, skipped: 0 });
  });

  it('counts a bad exit code that no test accounts for', () => {
    expect(sumStep({ name: 'unit', exitCode: 1, report: report(4, 0) }).failed).toBe(1);
    expect(sumStep({ name: 'unit', exitCode: 1, report: report(4, 3) }).failed).toBe(3);
  });

  it('never calls an empty run a success', () => {
    expect(formatSum(sumSteps([]))).toBe('0 passed, 1 failed');
    expect(formatSum(sumSteps([{ name: 'unit', exitCode: 0, report: report(0, 0) }]))).toBe(
      '0 passed, 1 failed',
    );
    const noTests = [
      { name: 'unit', exitCode: 1 },
      { name: 'browser', exitCode: 1 },
    ];
    expect(formatSum(sumSteps(noTests))).toBe('0 passed, 1 failed');
  });
});
