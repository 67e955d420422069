import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type AssignerName, assignerNames } from '@excb/balancer';
import { formatKnnReport, type KnnReport } from '@excb/eval';
import { startEngine } from '@excb/ops';
import {
  createProgressBar,
  type ProgressBar,
  presetNames,
  type TrainConfigOverrides,
  trainConfig,
  trainImages,
} from '@excb/trainer';
import { Command, Option } from 'commander';
import { abortOnInterrupt } from './interrupt.ts';
import { knnDuringTraining } from './knn-during-training.ts';
import { openSource } from './open-source.ts';
import {
  DEVICE_HELP,
  ENGINE_HELP,
  jsonFile,
  momentumOrAuto,
  positiveNumber,
  wholeNumber,
} from './option-values.ts';

interface TrainFlags {
  preset: string;
  out?: string;
  engine: string;
  device: string;
  epochs?: number;
  batch?: number;
  clusters?: number;
  seed?: number;
  backbone?: string;
  learningRate?: number;
  clusterMomentum?: number | 'auto';
  globalSize?: number;
  localSize?: number;
  localCrops?: number;
  assigner?: AssignerName;
  config?: Record<string, unknown>;
  workers?: number;
  onError: 'skip' | 'fail';
  knnEvery?: number;
  overwrite: boolean;
}

/** `excb train`. */
export function trainCommand(): Command {
  return new Command('train')
    .description('Train on a folder of images (or the emoji set). Labels are not needed and not used.')
    .argument('<images>', "a folder of images, searched with its subfolders, or 'emoji'")
    .option('--preset <name>', `settings to start from: ${presetNames.join(', ')}`, 'small')
    .option('--out <folder>', 'where log, settings and checkpoint go (default: runs/<images>-<time>)')
    .option('--epochs <n>', 'passes over the images', wholeNumber(1))
    .option('--batch <n>', 'images a step; the learning rate of the preset is scaled with it', wholeNumber(1))
    .option('--clusters <n>', 'K: a few images to a few hundred for each', wholeNumber(1))
    .option('--cluster-momentum <m>', "of the running cluster sizes, or 'auto'", momentumOrAuto)
    .option('--backbone <name>', 'resnet18, resnet34, resnet50, resnet50w2, vit-ti16, vit-s16, vit-b16')
    .option('--learning-rate <x>', 'peak learning rate at this batch', positiveNumber)
    .option('--global-size <px>', 'side of the global views', wholeNumber(1))
    .option('--local-size <px>', 'side of the local views', wholeNumber(1))
    .option('--local-crops <n>', 'local views an image', wholeNumber(0))
    .addOption(
      new Option('--assigner <name>', 'how similarities become targets (default: balance)').choices(
        assignerNames,
      ),
    )
    .option('--seed <n>', 'everything random follows from it', wholeNumber(0))
    .option('--config <file>', 'JSON with any settings of config.json; options given here win', jsonFile)
    .option('--engine <name>', ENGINE_HELP, 'auto')
    .option('--device <name>', DEVICE_HELP, 'cpu')
    .option('--workers <n>', 'threads that load images', wholeNumber(0))
    .option('--on-error <what>', 'a broken image: skip (named and counted) or fail', 'skip')
    .option('--knn-every <epochs>', 'k-NN accuracy on the way; needs one folder per class', wholeNumber(1))
    .option('--overwrite', 'replace a run that the folder already holds', false)
    .addHelpText(
      'after',
      `
Presets:
  small      32×32 views, a ResNet of 0.7 M weights, 64 clusters: minutes on a CPU
  resnet50   the paper's main setting: ResNet-50, 224×224, 65,536 clusters, batch 1024
  vit-s16    the paper's ViT-S/16 setting

Examples:
  excb train ./photos
  excb train ./photos --preset resnet50 --batch 64 --clusters 4096 --cluster-momentum auto
  excb train emoji --epochs 3 --out runs/emoji

Ctrl-C ends the run after the step under way and keeps a checkpoint; a second one ends it at once.`,
    )
    .action(runTrain);
}

async function runTrain(images: string, flags: TrainFlags, command: Command): Promise<void> {
  if (flags.onError !== 'skip' && flags.onError !== 'fail') {
    command.error(`error: --on-error is '${flags.onError}': expected skip or fail`);
  }
  const config = trainConfig(flags.preset, overrides(flags));
  const out = flags.out ?? join('runs', defaultName(images));
  if (existsSync(out) && !statSync(out).isDirectory())
    command.error(`error: --out ${out} is a file: name a folder`);
  const source = await openSource(
    images,
    Number((config.views as { globalSize?: number }).globalSize ?? 224),
  );
  const engine = await startEngine(flags.engine, { device: flags.device });
  console.log(`engine ${engine.name}: ${engine.reason}`);
  console.log(`${source.length} images from ${source.name}, writing to ${out}`);

  const interrupt = abortOnInterrupt();
  let bar: ProgressBar | undefined;
  const warn = (message: string) =>
    bar ? bar.log(`warning: ${message}`) : console.warn(`warning: ${message}`);
  const evaluate = flags.knnEvery ? knnDuringTraining(source, config, flags.knnEvery, warn) : undefined;
  try {
    const result = await trainImages({
      source,
      config,
      out,
      overwrite: flags.overwrite,
      workers: flags.workers,
      onError: flags.onError,
      signal: interrupt.signal,
      evaluate,
      onStart: ({ config: loop }) => {
        const steps = loop.schedule.totalSteps;
        bar = createProgressBar({ steps, epochs: config.epochs, images: config.batch });
      },
      onStep: (record) => bar?.onStep(record),
      onEpoch: (record) => {
        bar?.onEpoch(record);
        if (record.knn) bar?.log(formatKnnReport(record.knn as KnnReport));
      },
      onWarning: warn,
    });
    bar?.stop();
    const { skipped, run } = result;
    if (skipped.length > 0)
      console.log(`${skipped.length} images were skipped: they are named in ${join(out, 'log.jsonl')}`);
    console.log(`${result.status} after ${run.step} steps: ${join(out, 'checkpoint.safetensors')}`);
    if (result.status === 'interrupted') process.exitCode = 130;
    run.dispose();
  } finally {
    bar?.stop();
    interrupt.release();
  }
}

/** The settings of `--config` with the options given on top; an option that was not given changes nothing. */
function overrides(flags: TrainFlags): TrainConfigOverrides {
  const file = (flags.config ?? {}) as TrainConfigOverrides;
  const { globalSize, localSize, localCrops } = flags;
  return {
    ...file,
    ...given({
      epochs: flags.epochs,
      batch: flags.batch,
      clusters: flags.clusters,
      clusterMomentum: flags.clusterMomentum,
      backbone: flags.backbone,
      learningRate: flags.learningRate,
      seed: flags.seed,
      assigner: flags.assigner,
    }),
    views: { ...file.views, ...given({ globalSize, localSize, localCrops }) },
  };
}

function given<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function defaultName(images: string): string {
  const stem =
    images
      .replace(/[/\\]+$/, '')
      .split(/[/\\]/)
      .at(-1) || 'images';
  return `${stem}-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}`;
}
