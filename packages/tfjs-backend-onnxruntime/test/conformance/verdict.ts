import type { Run, SpecResult } from './run-specs.ts';

/** The smallest share of the specs that ask the backend for kernels and get none from tfjs-cpu. */
export const LEAST_NATIVE_SHARE = 0.85;

export interface Failure {
  name: string;
  message: string;
}

/** What a run comes to. */
export interface Verdict {
  passed: number;
  /** Failed specs that are not excepted, excepted ones that are no longer, errors, and a native share too low. */
  failures: Failure[];
  /** Specs that failed as the written list says they do. */
  excepted: { name: string; reason: string }[];
  /** Specs that tfjs-core itself marks as pending. */
  pending: number;
  /** Specs that needed no kernel of tfjs-cpu, of those that ran. */
  withoutFallback: number;
  /** The same, of those that ran a kernel at all. */
  native: { specs: number; withoutFallback: number };
}

/**
 * Judges a run by the written list of exceptions.
 *
 * @param whole whether all specs ran: with only some of them, a listed one may be missing and shares mean nothing
 */
export function judge(run: Run, exceptions: Readonly<Record<string, string>>, whole: boolean): Verdict {
  const verdict: Verdict = {
    passed: 0,
    failures: run.errors.map((message) => ({ name: 'outside of the specs', message })),
    excepted: [],
    pending: 0,
    withoutFallback: 0,
    native: { specs: 0, withoutFallback: 0 },
  };
  const missing = new Set(Object.keys(exceptions));
  for (const spec of run.specs) {
    missing.delete(spec.name);
    judgeSpec(spec, exceptions[spec.name], verdict);
  }
  if (!whole) return verdict;
  for (const name of missing) {
    verdict.failures.push({
      name,
      message: 'is listed as an exception, but there is no such spec: remove it',
    });
  }
  const share = nativeShare(verdict);
  if (share < LEAST_NATIVE_SHARE) {
    verdict.failures.push({
      name: 'the share of specs without fallback',
      message: `is ${percent(share)} of those that run kernels, and must be at least ${percent(LEAST_NATIVE_SHARE)}`,
    });
  }
  return verdict;
}

function judgeSpec(spec: SpecResult, reason: string | undefined, verdict: Verdict): void {
  const { name, status, failures, kernels, fallbacks } = spec;
  if (status === 'pending') {
    verdict.pending++;
    return;
  }
  if (fallbacks.size === 0) verdict.withoutFallback++;
  if (kernels > 0) {
    verdict.native.specs++;
    if (fallbacks.size === 0) verdict.native.withoutFallback++;
  }
  if (status === 'passed' && reason === undefined) verdict.passed++;
  else if (status === 'passed') {
    verdict.failures.push({
      name,
      message: 'is listed as an exception, but passes: remove it from the list',
    });
  } else if (reason === undefined) {
    verdict.failures.push({ name, message: failures.join('\n') || 'failed without a message' });
  } else verdict.excepted.push({ name, reason });
}

/** Of the specs that run kernels, the share that ran all of them natively. */
export function nativeShare({ native }: Verdict): number {
  return native.specs === 0 ? 1 : native.withoutFallback / native.specs;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}
