import type { ConformanceError } from './conformance-error.ts';
import { type BackendUnderTest, trialsOf } from './conformance-trials.ts';

/** A line of the report: one thing that one operation has to do. */
export interface ConformanceLine {
  operation: string;
  says: string;
  /** `blocked`: could not be tried, since `fromHost`, `toHost` or `shape` failed. */
  status: 'passed' | 'failed' | 'blocked';
  /** What the operation gave and what it had to give, where it failed. */
  got?: string;
  expected?: string;
}

/**
 * The conformance suite without a test runner, for a console or a page: `console.table(await conformanceReport(b))`.
 * Rejects only where the backend cannot be made.
 */
export async function conformanceReport<T>(backend: BackendUnderTest<T>): Promise<ConformanceLine[]> {
  const lines: ConformanceLine[] = [];
  for (const { operation, says, run } of trialsOf(backend)) {
    const error = await run().then(
      () => undefined,
      (reason: ConformanceError) => reason,
    );
    if (!error) lines.push({ operation, says, status: 'passed' });
    else if (error.operation !== operation) lines.push({ operation, says, status: 'blocked' });
    else lines.push({ operation, says, status: 'failed', got: error.got, expected: error.expected });
  }
  return lines;
}
