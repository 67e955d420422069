/**
 * Five assignments, five batch sizes, the same images, network and budget: which of them keep their clusters in use, and
 * what do the features know? Run it with `npm run study:small-batch`; `-- --help` lists what can be changed.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openEmoji, subset } from '@excb/data';
import { startEngine } from '@excb/ops';
import { conditionsNow } from './conditions.ts';
import { readOptions } from './options.ts';
import { nameOf, plans } from './plan.ts';
import { plot } from './plot.ts';
import { report } from './report.ts';
import {
  addConditions,
  hasUntrained,
  isDone,
  readStudy,
  writeResult,
  writeTimes,
  writeUntrained,
  writeWhole,
} from './results.ts';
import { run } from './run.ts';
import { writeSection } from './section.ts';
import { timeSteps } from './time.ts';
import { untrained } from './untrained.ts';

const options = readOptions(process.argv);
const { out } = options;
mkdirSync(out, { recursive: true });
if (!options.report) await work();

try {
  await publish();
} catch (error) {
  console.error(`error: ${(error as Error).message}`);
  process.exit(1);
}

async function publish(): Promise<void> {
  const study = readStudy(out);
  if (study.results.length === 0) {
    throw new Error(`${out} holds no run: leave out --report, or name the folder of a study with --out`);
  }
  const text = report(study);
  const svg = join(out, 'report.svg');
  writeWhole(join(out, 'report.md'), text);
  writeWhole(svg, await plot(study));
  if (options.readme) writeSection(options.readme, text, svg);
  console.log(`\n${text}\n${study.results.length} runs; report.md and report.svg in ${out}`);
}

async function work(): Promise<void> {
  const emoji = await openEmoji({ size: 32 });
  const { train: all, query } = emoji.split();
  const length = Math.min(options.images, all.length);
  const chosen = Array.from({ length }, (_, i) => i);
  const train = Object.assign(subset(all, chosen), { identities: all.identities.subarray(0, length) });
  const { name: engine, reason } = await startEngine(options.engine);
  console.log(`engine ${engine}: ${reason}`);
  console.log(`${train.length} images to learn from, ${query.length} to ask about`);

  if (options.time > 0) {
    writeTimes(out, await timeSteps(options, train, options.time));
    return;
  }
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  addConditions(out, conditionsNow(engine, options.machine));
  const split = { train, query };
  const list = plans(options);
  for (const [i, plan] of list.entries()) {
    if (!interrupt.signal.aborted && !hasUntrained(out, plan, train.length)) {
      writeUntrained(out, await untrained(plan.config, split));
    }
    const label = `${i + 1} of ${list.length}, ${nameOf(plan)}`;
    if (isDone(out, plan, train.length)) {
      console.log(`${label}: done before`);
      continue;
    }
    const result = await run(plan, split, engine, interrupt.signal);
    if (!result) {
      console.log(`${label}: interrupted. Start again to go on from this run`);
      process.exit(130);
    }
    writeResult(out, result);
    console.log(
      `${label}: k-NN ${result.knn.toFixed(3)}, R@1 ${result.recallAt1.toFixed(3)}, effective clusters ` +
        `${result.effectiveClusters.toFixed(1)} (${result.effectiveClustersRaw.toFixed(1)} raw), ${result.seconds.toFixed(0)} s`,
    );
  }
}
