/**
 * The main job on real images, in the open: learn from emoji without labels, print k-NN before and after, draw
 * the clusters. Run it with `npm run example`; `npm run example -- --help` lists what can be changed.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openEmoji, subset } from '@excb/data';
import { startEngine } from '@excb/ops';
import { createProgressBar, type ProgressBar, trainConfig, trainImages } from '@excb/trainer';
import { drawClusters } from './draw-clusters.ts';
import { evaluate, untrainedFigures } from './evaluate.ts';
import { readOptions } from './options.ts';

const options = readOptions(process.argv);
const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());

// Images: every vendor but one is for learning and is the bank; the last one asks the questions.
const emoji = await openEmoji({ size: 32 });
const { train: all, query } = emoji.split();
const chosen = Array.from({ length: Math.min(options.images ?? all.length, all.length) }, (_, i) => i);
const train = Object.assign(subset(all, chosen), { identities: all.identities.subarray(0, chosen.length) });
const split = { train, query };
console.log(
  `${train.length} images to learn from, ${query.length} to ask about (${train.classes?.length} categories)`,
);

const engine = await startEngine(options.engine, { device: options.device });
console.log(`engine ${engine.name}: ${engine.reason}`);

const config = trainConfig('small', {
  epochs: options.epochs,
  seed: options.seed,
  assigner: options.balance ? 'balance' : 'none',
});

let bar: ProgressBar | undefined;
let before = { knn: Number.NaN, recallAt1: Number.NaN };
const losses: number[] = [];
let effective = { effectiveClusters: Number.NaN, effectiveClustersRaw: Number.NaN };

const { run, normalisation, status } = await trainImages({
  source: train,
  config,
  out: options.out,
  overwrite: true,
  signal: interrupt.signal,
  async onStart(started, measured) {
    before = await untrainedFigures(config, split, measured);
    console.log(
      `before: category k-NN ${before.knn.toFixed(3)}, identity R@1 ${before.recallAt1.toFixed(3)}`,
    );
    const steps = started.config.schedule.totalSteps;
    bar = createProgressBar({ steps, epochs: config.epochs, images: config.batch });
  },
  onStep(record) {
    losses.push(record.loss);
    bar?.onStep(record);
  },
  onEpoch(record) {
    const { effectiveClusters, effectiveClustersRaw } = record.health;
    effective = { effectiveClusters, effectiveClustersRaw };
    bar?.onEpoch(record);
  },
  onWarning: (message) => console.warn(`warning: ${message}`),
});
bar?.stop();

const after = await evaluate(run.teacher.backbone, split, normalisation);
console.log(`before: category k-NN ${before.knn.toFixed(3)}, identity R@1 ${before.recallAt1.toFixed(3)}`);
console.log(`after:  category k-NN ${after.knn.toFixed(3)}, identity R@1 ${after.recallAt1.toFixed(3)}`);
console.log(after.protocol);

await mkdir(options.out, { recursive: true });
const sheet = join(options.out, 'clusters.png');
await writeFile(sheet, await drawClusters(run, train, normalisation));

const summary = {
  engine: engine.name,
  device: engine.device,
  status,
  images: train.length,
  epochs: run.epoch,
  seed: options.seed,
  balance: options.balance,
  seconds: Math.round(performance.now() / 1000),
  clusters: config.clusters,
  ...effective,
  knn: { before: before.knn, after: after.knn },
  recallAt1: { before: before.recallAt1, after: after.recallAt1 },
  loss: { first: mean(losses.slice(0, 20)), last: mean(losses.slice(-20)) },
  protocol: after.protocol,
};
await writeFile(join(options.out, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
console.log(`clusters in ${sheet}; log, checkpoint and summary.json beside it`);
run.dispose();

/** Single steps are noisy: loss figures are means over 20. */
function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
