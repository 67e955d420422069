import { assignerNames } from '@excb/balancer';
import type { Conditions } from './conditions.ts';
import type { Study } from './results.ts';
import type { Result } from './run.ts';

const figures: { title: string; value: (result: Result) => number; digits: number }[] = [
  { title: 'Category k-NN', value: ({ knn }) => knn, digits: 3 },
  { title: 'Identity R@1', value: ({ recallAt1 }) => recallAt1, digits: 3 },
  { title: 'Effective clusters, by the targets', value: (result) => result.effectiveClusters, digits: 1 },
  {
    title: 'Effective clusters, by the similarities',
    value: (result) => result.effectiveClustersRaw,
    digits: 1,
  },
];

const unique = <Value>(values: Value[]) => [...new Set(values)];
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * What was run and where, what the figures span, and a table a figure, in Markdown: batches down, assignments across; the
 * mean over the seeds, and the least and the largest.
 */
export function report({ results, times, untrained, conditions }: Study): string {
  const assigners = assignerNames.filter((name) => results.some(({ assigner }) => assigner === name));
  const batches = unique(results.map(({ batch }) => batch)).sort((a, b) => a - b);
  const [{ config, images }] = results;
  const table = (title: string, values: (assigner: string, batch: number) => number[], digits: number) => [
    `\n**${title}**\n`,
    `| batch | ${assigners.join(' | ')} |`,
    `|---|${'---|'.repeat(assigners.length)}`,
    ...batches.map(
      (batch) => `| ${batch} | ${assigners.map((name) => cell(values(name, batch), digits)).join(' | ')} |`,
    ),
  ];
  const lines = [
    `${results.length} runs, ${config.clusters} clusters, ${images} images, passes over them: ${config.epochs}. Where there ` +
      'are several seeds: the mean, and in brackets the least and the largest.',
    ...conditions.map(startedOn),
    '',
    ...before(untrained),
    ...assigners.map((name) => inUse(name, results, config.clusters)),
    ...figures.flatMap(({ title, value, digits }) => {
      const of = (assigner: string, batch: number) =>
        results.filter((result) => result.assigner === assigner && result.batch === batch).map(value);
      return table(title, of, digits);
    }),
  ];
  if (times.length > 0) {
    const of = (assigner: string, batch: number) =>
      times
        .filter((time) => time.assigner === assigner && time.batch === batch)
        .map((time) => time.milliseconds);
    lines.push(...table('Milliseconds a step', of, 0));
  }
  lines.push('', `k-NN: ${unique(results.map(({ protocol }) => protocol)).join('; ')}`);
  return `${lines.join('\n')}\n`;
}

function startedOn({ date, machine, engine, versions }: Conditions): string {
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `Started on ${date}, on ${machine}, engine ${engine}, with ${named.join(', ')}.`;
}

function before(untrained: Study['untrained']): string[] {
  if (untrained.length === 0) return [];
  const knn = cell(
    untrained.map((figures) => figures.knn),
    3,
  );
  const recall = cell(
    untrained.map((figures) => figures.recallAt1),
    3,
  );
  return [`- before training: k-NN ${knn}, R@1 ${recall}`];
}

/** What the runs of an assignment span, over batches and seeds. */
function inUse(name: string, results: Result[], clusters: number): string {
  const runs = results.filter(({ assigner }) => assigner === name);
  const span = (value: (result: Result) => number, digits: number) => {
    const values = runs.map(value);
    const [least, most] = [Math.min(...values), Math.max(...values)].map((end) => end.toFixed(digits));
    return least === most ? least : `${least} to ${most}`;
  };
  const targets = span((result) => result.effectiveClusters, 1);
  const raw = span((result) => result.effectiveClustersRaw, 1);
  const at = unique(runs.map(({ batch }) => batch)).sort((a, b) => a - b);
  return (
    `- \`${name}\` (batch ${at.join(', ')}): effective clusters of ${clusters} by the targets ${targets}, by the ` +
    `similarities ${raw}; k-NN ${span(({ knn }) => knn, 3)}`
  );
}

function cell(values: number[], digits: number): string {
  if (values.length === 0) return '–';
  const show = (value: number) => value.toFixed(digits);
  if (values.length === 1) return show(values[0]);
  return `${show(mean(values))} (${show(Math.min(...values))}–${show(Math.max(...values))})`;
}
