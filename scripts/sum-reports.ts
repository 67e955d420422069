import { existsSync, readFileSync } from 'node:fs';
import { formatSum, type Step, sumStep, sumSteps, type TestReport } from './test-sum.ts';

// usage: tsx scripts/sum-reports.ts <name> <exit code> <report.json> [<name> <exit code> <report.json> ...]
const words = process.argv.slice(2);
const steps: Step[] = [];
for (let i = 0; i + 2 < words.length; i += 3) {
  steps.push({ name: words[i], exitCode: Number(words[i + 1]), report: readReport(words[i + 2]) });
}
for (const step of steps) {
  const missing = step.report ? '' : ' (stopped before any test ran)';
  console.log(`${step.name}: ${formatSum(sumStep(step))}, exit code ${step.exitCode}${missing}`);
}
const sum = sumSteps(steps);
console.log(formatSum(sum));
process.exitCode = sum.failed > 0 || steps.some((step) => step.exitCode !== 0) ? 1 : 0;

function readReport(path: string): TestReport | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as TestReport;
  } catch {
    return undefined;
  }
}
