import type { RunRecord } from './evaluator.ts';

/** What the backend did lately, as data and, by `toString`, as a table. */
export class Explanation {
  /** The last runs, latest last. */
  readonly runs: readonly RunRecord[];
  /** How often kernels ran on tfjs-cpu, by name. */
  readonly fallbacks: ReadonlyMap<string, number>;
  /** Compiled graphs that are kept. */
  readonly sessions: number;

  constructor(runs: readonly RunRecord[], fallbacks: ReadonlyMap<string, number>, sessions: number) {
    this.runs = [...runs];
    this.fallbacks = new Map(fallbacks);
    this.sessions = sessions;
  }

  toString(): string {
    const lines = [`${this.sessions} compiled graphs; the last ${this.runs.length} runs:`];
    for (const run of this.runs) {
      const compile = run.compiled ? `compiled in ${run.compileMilliseconds.toFixed(0)} ms, ` : '';
      lines.push(
        `  ${run.nodes} operators, ${run.inputs} inputs, ${run.outputs} outputs: ${compile}ran in ${run.runMilliseconds.toFixed(1)} ms`,
      );
    }
    const fallen = [...this.fallbacks].sort((a, b) => b[1] - a[1]);
    lines.push(
      fallen.length === 0
        ? 'no kernel ran on tfjs-cpu'
        : `on tfjs-cpu: ${fallen.map(([kernel, count]) => `${kernel} (${count}×)`).join(', ')}`,
    );
    return lines.join('\n');
  }
}
