import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { imagenetNormalisation, type Normalisation } from '@excb/augment';
import type { AssignerState, Balancer } from '@excb/balancer';
import {
  createLoader,
  type ImageSource,
  imageStatistics,
  type SkippedImage,
  type ViewBatches,
} from '@excb/data';
import { buildRun, recipeOfEpoch } from './build-run.ts';
import { checkpointFiles, replaceFile, saveCheckpoint } from './checkpoint.ts';
import type { TrainConfig } from './config.ts';
import { ConfigError, TooFewSamplesError } from './errors.ts';
import { createRunLog, type RunLog } from './run-log.ts';
import { type EpochRecord, type TrainingRun, type TrainOptions, train } from './train.ts';

/** Where and how {@link trainImages} runs. */
export interface TrainImagesOptions extends Pick<TrainOptions, 'onCentroids' | 'onStep' | 'signal'> {
  source: ImageSource;
  config: TrainConfig;
  /** Folder for `config.json`, `log.jsonl` and the checkpoint; made when missing. */
  out: string;
  /** Replace a run that the folder already holds. Default false. */
  overwrite?: boolean;
  /** Worker threads that make views. */
  workers?: number;
  /** What a broken image does: it is skipped, named and counted, or ends the run. */
  onError?: 'skip' | 'fail';
  /** Told once the run stands, before its first step. */
  onStart?: (run: TrainingRun, normalisation: Normalisation) => void | Promise<void>;
  /** Figures to put on an epoch's line of the log, such as k-NN; called after each epoch. */
  evaluate?: (
    run: TrainingRun,
    epoch: number,
    normalisation: Normalisation,
  ) => Promise<Record<string, unknown> | undefined>;
  onEpoch?: (record: EpochRecord & Record<string, unknown>) => void | Promise<void>;
  /** Told of anything odd that does not stop the run, as one sentence. */
  onWarning?: (message: string) => void;
}

/** How a run ended. */
export interface TrainImagesResult {
  status: 'finished' | 'interrupted';
  run: TrainingRun;
  normalisation: Normalisation;
  /** Images that could not be decoded. */
  skipped: readonly SkippedImage[];
}

/**
 * Trains on an image source: views in worker threads, the loop, a log line per step and epoch, a checkpoint before
 * the first step, after every epoch and at the end, also when it is interrupted or a quantity is no longer finite.
 *
 * The caller disposes `result.run`.
 *
 * @throws ConfigError, NonFiniteError, TooFewSamplesError, EmptyClustersError, or what the source throws
 */
export async function trainImages(options: TrainImagesOptions): Promise<TrainImagesResult> {
  const { source, config, out } = options;
  await prepareFolder(options);
  const log = createRunLog(join(out, 'log.jsonl'));
  const warn = (message: string) => {
    log.write({ kind: 'warning', message });
    options.onWarning?.(message);
  };
  const skipped = new Map<string, SkippedImage>();
  const skip = (image: SkippedImage) => {
    if (skipped.has(image.name)) return;
    skipped.set(image.name, image);
    warn(`skipped ${image.name}: ${image.reason}`);
  };

  let batches: ViewBatches | undefined;
  let run: TrainingRun | undefined;
  let save: (() => Promise<void>) | undefined;
  try {
    const normalisation = await resolveNormalisation(options, skip);
    batches = createLoader(source, {
      batch: config.batch,
      // The loader's share of the run's seed: see buildNetwork.
      seed: 3 * config.seed,
      recipe: (epoch) => recipeOfEpoch(config, epoch),
      normalisation,
      workers: options.workers,
      onError: options.onError,
    });
    const { stepsPerEpoch, skipped: broken } = batches;
    const started = buildRun(config, stepsPerEpoch);
    run = started;
    log.write({ kind: 'start', images: source.length, stepsPerEpoch, normalisation, config });
    for (const message of configWarnings(config, started)) warn(message);
    await options.onStart?.(started, normalisation);

    // A checkpoint stands from before the first step on. The assigner refuses to be read after it met a NaN: then
    // its state from the last checkpoint is the last good one.
    let assignerState: AssignerState | undefined;
    save = async () => {
      assignerState = await started.assigner.state().catch(async (error) => {
        if (!assignerState) throw error;
        await started.assigner.restore(assignerState);
        return assignerState;
      });
      await saveCheckpoint(out, started, config, normalisation);
    };
    if (!config.centroidStart) await save();
    const status = await train(started, batches, {
      signal: options.signal,
      async onCentroids(result) {
        const { restarts, inertia, assignments } = result;
        log.write({ kind: 'centroids', samples: assignments.length, restarts, inertia });
        await save?.();
        await options.onCentroids?.(result);
      },
      async onStep(record) {
        log.write({ kind: 'step', ...record });
        if (record.step === 0) describeBalancing(started.assigner, log, warn);
        broken.forEach(skip);
        await options.onStep?.(record);
      },
      async onEpoch(record) {
        await save?.();
        const evaluated = await options.evaluate?.(started, record.epoch, normalisation);
        const line = { ...record, ...evaluated };
        log.write({ kind: 'epoch', ...line });
        await options.onEpoch?.(line);
      },
    });
    await save();
    const { epoch, step } = started;
    log.write({ kind: 'end', status, epoch, step, skipped: skipped.size });
    return { status, run: started, normalisation, skipped: [...skipped.values()] };
  } catch (error) {
    await saveLastGood(save, warn);
    const { epoch = 0, step = 0 } = run ?? {};
    log.write({ kind: 'end', status: 'failed', epoch, step, error: (error as Error).message });
    run?.dispose();
    throw error;
  } finally {
    await batches?.close();
  }
}

/** Saves after a failure; a failure to save is told, and does not hide the first one. */
async function saveLastGood(
  save: (() => Promise<void>) | undefined,
  warn: (message: string) => void,
): Promise<void> {
  try {
    await save?.();
  } catch (error) {
    warn(`no checkpoint was written of the end: ${(error as Error).message}`);
  }
}

/**
 * Makes the run's folder with its settings. A run that it already holds is kept, or replaced whole.
 *
 * @throws ConfigError when it holds a run, or the images cannot fill a batch or the clusters
 */
async function prepareFolder({ source, config, out, overwrite }: TrainImagesOptions): Promise<void> {
  const { batch, clusters, centroidStart } = config;
  const old = ['log.jsonl', ...checkpointFiles]
    .map((name) => join(out, name))
    .filter((path) => existsSync(path));
  if (old.length > 0 && !overwrite) {
    throw new ConfigError(
      `${out} already holds a run: choose another folder, or allow overwriting (--overwrite)`,
    );
  }
  if (source.length < batch) {
    throw new ConfigError(
      `${source.name} has ${source.length} images, but a batch takes ${batch}: lower the batch`,
    );
  }
  const samples = source.length - (source.length % batch);
  if (centroidStart && samples < clusters) throw new TooFewSamplesError(samples, clusters);
  mkdirSync(out, { recursive: true });
  for (const path of old) rmSync(path);
  await replaceFile(join(out, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
}

async function resolveNormalisation(
  { config, source, workers, onError }: TrainImagesOptions,
  onSkip: (image: SkippedImage) => void,
): Promise<Normalisation> {
  if (config.normalisation === 'imagenet') return imagenetNormalisation;
  if (config.normalisation === 'measured') return imageStatistics(source, { workers, onError, onSkip });
  return config.normalisation;
}

/** What the first step fixed: the momentum of the cluster sizes, and how often a cluster is seen in its window. */
function describeBalancing(
  assigner: TrainingRun['assigner'] & Partial<Pick<Balancer<unknown>, 'momentum' | 'effectiveSamples'>>,
  log: RunLog,
  warn: (message: string) => void,
): void {
  const { momentum, effectiveSamples } = assigner;
  if (momentum === undefined || effectiveSamples === undefined) return;
  log.write({ kind: 'balancing', momentum, effectiveSamples });
  if (effectiveSamples < FEW_SAMPLES) {
    warn(
      `each cluster is seen only ${effectiveSamples.toFixed(1)} times in the window of its running size (31 in the paper): raise clusterMomentum, lower clusters, or use clusterMomentum 'auto'`,
    );
  }
}

/** Below this the running sizes are too noisy to balance by (method §2). */
const FEW_SAMPLES = 5;

/** Settings that are allowed, but that seldom do what is wanted. */
function configWarnings(config: TrainConfig, run: TrainingRun): string[] {
  const warnings: string[] = [];
  if (!config.head.predictor && run.config.localViews > 0) {
    warnings.push(
      'without a predictor the local views are not in the loss and teach nothing: set localCrops to 0 or use the predictor',
    );
  }
  const { warmupSteps, totalSteps } = run.config.schedule;
  if (totalSteps <= warmupSteps) {
    warnings.push(
      `the warm-up of ${config.warmupEpochs} epochs is as long as the run: the learning rate never reaches its peak; lower warmupEpochs`,
    );
  }
  return warnings;
}
