import { writeFileSync } from 'node:fs';
import type { TestReport } from '../test-sum.ts';

/** What was seen, in words, and what the next steps need of it. */
type Seen<T> = [words: string, value: T];

interface Observe {
  (what: string, look: () => Promise<string>): Promise<void>;
  <T>(what: string, look: () => Promise<Seen<T>>): Promise<T>;
}

/** What a rehearsal has seen, line by line. */
export class Observations {
  private readonly lines: { what: string; seen: string; status: 'passed' | 'failed' }[] = [];
  private readonly start = Date.now();

  /** Prints what `look` gives back. If it throws, that is printed as a failure and thrown on: later steps build on it. */
  readonly observe: Observe = async <T>(what: string, look: () => Promise<string | Seen<T>>) => {
    try {
      const result = await look();
      const [seen, value] = typeof result === 'string' ? [result, undefined] : result;
      this.add(what, seen, 'passed');
      return value as T;
    } catch (error) {
      this.add(what, (error as Error).message, 'failed');
      throw error;
    }
  };

  /** In the form of vitest's JSON report, as far as the sum of all tests reads it, and all lines. */
  write(file: string): void {
    const count = (status: string) => this.lines.filter((line) => line.status === status).length;
    const report: TestReport = {
      numPassedTests: count('passed'),
      numFailedTests: count('failed'),
      numPendingTests: 0,
      numTodoTests: 0,
      testResults: [],
    };
    writeFileSync(file, JSON.stringify({ ...report, lines: this.lines }));
  }

  private add(what: string, seen: string, status: 'passed' | 'failed'): void {
    this.lines.push({ what, seen, status });
    const seconds = ((Date.now() - this.start) / 1000).toFixed(0).padStart(4);
    console.log(`${seconds} s  ${status === 'passed' ? 'ok  ' : 'FAIL'}  ${what}: ${seen}`);
  }
}
