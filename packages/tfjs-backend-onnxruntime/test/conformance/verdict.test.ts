import { describe, expect, it } from 'vitest';
import type { SpecResult } from './run-specs.ts';
import { testReport } from './test-report.ts';
import { judge, nativeShare } from './verdict.ts';

function spec(
  name: string,
  status: SpecResult['status'] = 'passed',
  more: Partial<SpecResult> = {},
): SpecResult {
  const failures = status === 'failed' ? [`${name} is wrong`] : [];
  return { name, status, failures, kernels: 1, fallbacks: new Map(), milliseconds: 1, ...more };
}

function judged(specs: SpecResult[], exceptions: Record<string, string> = {}, whole = true) {
  return judge({ specs, errors: [] }, exceptions, whole);
}

const fallbacks = new Map([['Cumsum', 2]]);

describe('the verdict on a conformance run', () => {
  it('counts passed, failed and pending specs', () => {
    const verdict = judged([spec('a'), spec('b', 'failed'), spec('c', 'pending')]);
    expect(verdict).toMatchObject({ passed: 1, pending: 1, excepted: [] });
    expect(verdict.failures).toEqual([{ name: 'b', message: 'b is wrong' }]);
  });

  it('accepts a listed failure, with its reason', () => {
    const verdict = judged([spec('a'), spec('b', 'failed')], { b: 'no such operator' });
    expect(verdict).toMatchObject({ passed: 1, failures: [] });
    expect(verdict.excepted).toEqual([{ name: 'b', reason: 'no such operator' }]);
  });

  it('fails a listed spec that passes', () => {
    const verdict = judged([spec('a'), spec('b')], { b: 'no such operator' });
    expect(verdict).toMatchObject({ passed: 1, failures: [{ name: 'b' }], excepted: [] });
  });

  it('fails a listed spec that is not there, but only where all specs ran', () => {
    expect(judged([spec('a')], { b: 'no such operator' }).failures).toMatchObject([{ name: 'b' }]);
    expect(judged([spec('a')], { b: 'no such operator' }, false).failures).toEqual([]);
  });

  it('fails on errors outside of the specs', () => {
    const verdict = judge({ specs: [spec('a')], errors: ['afterAll threw'] }, {}, true);
    expect(verdict.failures).toEqual([{ name: 'outside of the specs', message: 'afterAll threw' }]);
  });

  it('fails where too many specs fell back', () => {
    const native = Array.from({ length: 17 }, (_, i) => spec(`native ${i}`));
    const fallen = Array.from({ length: 4 }, (_, i) => spec(`fallen ${i}`, 'passed', { fallbacks }));
    const enough = judged([...native, ...fallen.slice(1)]);
    expect(nativeShare(enough)).toBeCloseTo(0.85, 12);
    expect(enough.failures).toEqual([]);
    expect(judged([...native, ...fallen]).failures).toMatchObject([
      { message: 'is 81.0% of those that run kernels, and must be at least 85.0%' },
    ]);
  });

  it('leaves specs without kernels and pending ones out of the native share', () => {
    const verdict = judged([
      spec('a'),
      spec('b', 'passed', { kernels: 0 }),
      spec('c', 'pending', { kernels: 0 }),
      spec('d', 'failed', { fallbacks }),
    ]);
    expect(verdict.native).toEqual({ specs: 2, withoutFallback: 1 });
    expect(verdict.withoutFallback).toBe(2);
  });

  it('reports in the form that the sum of all tests reads', () => {
    const run = {
      specs: [spec('a'), spec('b', 'failed'), spec('c', 'failed'), spec('d', 'pending')],
      errors: [],
    };
    expect(testReport(run, judge(run, { c: 'no such operator' }, true))).toMatchObject({
      numPassedTests: 1,
      numFailedTests: 1,
      numPendingTests: 2,
      numTodoTests: 0,
      testResults: [],
    });
  });
});
