import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Study } from './results.ts';

/** What is drawn, each in a chart of its own. */
const charts = [
  { field: 'knn', title: 'category k-NN', scale: { zero: false } },
  { field: 'effectiveClusters', title: 'effective clusters by the targets', scale: { domain: [0, 64] } },
  {
    field: 'effectiveClustersRaw',
    title: 'effective clusters by the similarities',
    scale: { domain: [0, 64] },
  },
  { field: 'milliseconds', title: 'milliseconds a step', scale: { type: 'log' } },
];

/**
 * A line through the means of each assignment over the batches, and a point a seed: an SVG. The dashed line is the mean
 * of the untrained networks.
 */
export async function plot({ results, times, untrained }: Study): Promise<string> {
  const batches = [...new Set(results.map(({ batch }) => batch))].sort((a, b) => a - b);
  const before = {
    data: { values: untrained.map(({ knn }) => ({ knn })) },
    mark: { type: 'rule', strokeDash: [4, 4], color: 'grey' },
    encoding: { y: { field: 'knn', type: 'quantitative', aggregate: 'mean' } },
  };
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    columns: 2,
    concat: charts
      .filter(({ field }) => field !== 'milliseconds' || times.length > 0)
      .map(({ field, title, scale }) => {
        const values =
          field === 'milliseconds'
            ? times.filter(({ batch }) => batches.includes(batch))
            : results.map(({ config: _, ...figures }) => figures);
        const encoding = {
          x: { field: 'batch', type: 'ordinal', sort: batches, title: 'batch', axis: { labelAngle: 0 } },
          color: { field: 'assigner', type: 'nominal', title: null },
        };
        const y = { field, type: 'quantitative', title: null, scale };
        return {
          title,
          width: 300,
          height: 200,
          data: { values },
          layer: [
            { mark: { type: 'line' }, encoding: { ...encoding, y: { ...y, aggregate: 'mean' } } },
            { mark: { type: 'point', size: 20 }, encoding: { ...encoding, y } },
            ...(field === 'knn' && untrained.length > 0 ? [before] : []),
          ],
        };
      }),
  } as TopLevelSpec;
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return `${svg}\n`;
}
