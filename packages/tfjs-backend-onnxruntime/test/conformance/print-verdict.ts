import type { Run } from './run-specs.ts';
import { nativeShare, percent, type Verdict } from './verdict.ts';

interface PrintOptions {
  /** Which kernels ran on tfjs-cpu. */
  fallbacks: boolean;
  /** Long messages as they are. */
  stacks: boolean;
}

export function printVerdict(run: Run, verdict: Verdict, { fallbacks, stacks }: PrintOptions): void {
  const lines = stacks ? 40 : 6;
  for (const { name, message } of verdict.failures) console.log(`FAILED ${name}\n${indent(message, lines)}`);
  if (fallbacks) printFallbacks(run);

  const { excepted, pending, native, passed, failures } = verdict;
  console.log(`\n${excepted.length} listed exceptions${excepted.length > 0 ? ':' : ''}`);
  for (const { name, reason } of excepted) console.log(`- ${name}: ${reason}`);

  const ran = run.specs.length - pending;
  console.log(
    `\nspecs without cpu fallback: ${verdict.withoutFallback} of ${ran} (${percent(verdict.withoutFallback / (ran || 1))}),`,
  );
  console.log(
    `of those that run kernels: ${native.withoutFallback} of ${native.specs} (${percent(nativeShare(verdict))})`,
  );
  console.log(`skipped: ${excepted.length} listed exceptions, ${pending} that tfjs-core marks as pending`);
  console.log(`${passed} passed, ${failures.length} failed, ${excepted.length + pending} skipped`);
}

/** By kernel: the specs in which it ran on tfjs-cpu, and how often in all. */
function printFallbacks(run: Run): void {
  const rows = new Map<string, { specs: number; times: number }>();
  for (const spec of run.specs) {
    for (const [kernel, times] of spec.fallbacks) {
      const row = rows.get(kernel) ?? { specs: 0, times: 0 };
      rows.set(kernel, { specs: row.specs + 1, times: row.times + times });
    }
  }
  console.log('\nkernel                          specs   times');
  for (const [kernel, { specs, times }] of [...rows].sort(([, a], [, b]) => b.specs - a.specs)) {
    console.log(`${kernel.padEnd(30)}${String(specs).padStart(7)}${String(times).padStart(8)}`);
  }
}

function indent(text: string, most: number): string {
  const lines = text.split('\n');
  const shown = lines.slice(0, most).map((line) => `    ${line.slice(0, 300)}`);
  return [...shown, ...(lines.length > most ? ['    …'] : [])].join('\n');
}
