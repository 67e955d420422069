import { parameterGroup } from '@excb/backbones';
import type { Assigner, ClusterHealth } from '@excb/balancer';
import type { ViewBatches } from '@excb/data';
import type * as tf from '@tensorflow/tfjs-core';
import { type CentroidStartConfig, type CentroidStartResult, startCentroids } from './centroid-start.ts';
import type { EmbeddingQueue } from './embedding-queue.ts';
import { matchTable } from './match-table.ts';
import type { Network } from './network.ts';
import { createOptimiser, type Optimiser, type OptimiserConfig } from './optimisers.ts';
import { type ScheduleConfig, settingsByGroup, stepSettings } from './schedules.ts';
import { copyVariables } from './teacher-update.ts';
import { type StepQuantities, type StepRecord, trainStep } from './train-step.ts';

/** The settings of the loop itself; networks, views and images are given built. */
export interface LoopConfig {
  epochs: number;
  seed: number;
  clusters: number;
  globalViews: number;
  localViews: number;
  predictor: boolean;
  studentTemperature: number;
  optimiser: OptimiserConfig;
  schedule: ScheduleConfig;
  /** Clips each parameter's gradient to this norm; 0 is off. */
  clip: number;
  /** Start of the centroids; null leaves them as initialised. */
  centroidStart: CentroidStartConfig | null;
}

/** A run in memory: what {@link train} moves forward. */
export interface TrainingRun {
  readonly config: LoopConfig;
  readonly student: Network;
  readonly teacher: Network;
  readonly assigner: Assigner<tf.Tensor>;
  /** Past projections, for an assigner that takes them. */
  readonly queue: EmbeddingQueue | undefined;
  readonly optimiser: Optimiser;
  /** Training steps made so far. */
  step: number;
  /** Epochs completed so far. */
  epoch: number;
  /** Frees networks, optimiser, assigner and queue. */
  dispose(): void;
}

/** What an epoch reports. */
export interface EpochRecord {
  /** Epochs completed, counted from 1. */
  epoch: number;
  steps: number;
  /** Mean loss of the epoch. */
  loss: number;
  /** Hard counts of this epoch. */
  health: ClusterHealth;
  seconds: number;
}

/** Callbacks and switches of {@link train}; each may be async and is awaited. */
export interface TrainOptions {
  onCentroids?: (result: CentroidStartResult) => void | Promise<void>;
  onStep?: (record: StepRecord) => void | Promise<void>;
  onEpoch?: (record: EpochRecord) => void | Promise<void>;
  /** Looks at the tensors of every step before they are disposed. */
  inspect?: (quantities: StepQuantities) => Promise<void>;
  /** First centroids of a k-means try, as sample indices; seeded and random when absent. */
  select?: (attempt: number, samples: number) => ArrayLike<number>;
  /** Ends the run after the step under way. */
  signal?: AbortSignal;
}

/** A run at its beginning: the teacher starts as a full copy of the student, BatchNorm statistics included. */
export function startRun(
  config: LoopConfig,
  student: Network,
  teacher: Network,
  assigner: Assigner<tf.Tensor>,
  queue?: EmbeddingQueue,
): TrainingRun {
  copyVariables(student.parameters, teacher.parameters);
  copyVariables(student.buffers, teacher.buffers);
  const optimiser = createOptimiser(config.optimiser, student.trainable);
  return {
    config,
    student,
    teacher,
    assigner,
    queue,
    optimiser,
    step: 0,
    epoch: 0,
    dispose() {
      student.dispose();
      teacher.dispose();
      optimiser.dispose();
      assigner.dispose();
      queue?.dispose();
    },
  };
}

/**
 * Trains to the last epoch or until the signal aborts.
 *
 * @returns 'finished' or 'interrupted'
 * @throws NonFiniteError when a quantity is NaN or infinite; the run then holds the last good weights
 */
export async function train(
  run: TrainingRun,
  batches: ViewBatches,
  options: TrainOptions = {},
): Promise<'finished' | 'interrupted'> {
  const { config, student, teacher } = run;
  const state = {
    ...run,
    table: matchTable({
      globals: config.globalViews,
      locals: config.localViews,
      predictor: config.predictor,
    }),
    predictor: config.predictor,
    studentTemperature: config.studentTemperature,
    clip: config.clip,
    seed: config.seed,
  };

  const { signal } = options;
  if (config.centroidStart && run.step === 0) {
    const { seed, clusters, epochs } = config;
    const start = { ...config.centroidStart, clusters, seed, pass: epochs, select: options.select, signal };
    try {
      await options.onCentroids?.(await startCentroids(student, teacher, batches, start));
    } catch (error) {
      if (signal?.aborted) return 'interrupted';
      throw error;
    }
  }

  // What is recorded so far is computed by itself, so that the graph of the first step is that of every step.
  await [...teacher.parameters.values()].at(-1)?.data();
  while (run.epoch < config.epochs) {
    const started = performance.now();
    let lossSum = 0;
    let steps = 0;
    for await (const batch of batches.batches(run.epoch)) {
      if (signal?.aborted) return 'interrupted';
      const settings = stepSettings(config.schedule, run.step);
      const byGroup = settingsByGroup(settings);
      const record = await trainStep(state, batch, {
        settings,
        parameterSettings: (name) => byGroup(parameterGroup(name, student.parameters.get(name)!.shape)),
        step: run.step,
        steps: config.schedule.totalSteps,
        inspect: options.inspect,
      });
      run.step++;
      steps++;
      lossSum += record.loss;
      await options.onStep?.(record);
    }
    run.epoch++;
    const health = await run.assigner.health({ reset: true });
    const seconds = (performance.now() - started) / 1000;
    await options.onEpoch?.({ epoch: run.epoch, steps, loss: lossSum / steps, health, seconds });
  }
  return 'finished';
}
