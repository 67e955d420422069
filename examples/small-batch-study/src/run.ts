import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TrainConfig, trainImages } from '@excb/trainer';
import { evaluate, type Split } from './evaluate.ts';
import type { Plan } from './plan.ts';

/** What a run has come to: one file. */
export interface Result extends Omit<Plan, 'config'> {
  config: TrainConfig;
  /** Images to learn from, and how often one was seen. */
  images: number;
  imagesSeen: number;
  steps: number;
  knn: number;
  recallAt1: number;
  /** Of the last epoch, by the targets and by the similarities as they came. */
  effectiveClusters: number;
  effectiveClustersRaw: number;
  empty: number;
  /** Mean of the last epoch; different assignments mean different things by it. */
  loss: number;
  seconds: number;
  engine: string;
  protocol: string;
}

/** Trains and evaluates; `undefined` where it was interrupted. */
export async function run(
  plan: Plan,
  split: Split,
  engine: string,
  signal: AbortSignal,
): Promise<Result | undefined> {
  const started = performance.now();
  const folder = await mkdtemp(join(tmpdir(), 'excb-study-'));
  let last = { effectiveClusters: 0, effectiveClustersRaw: 0, empty: 0, loss: 0 };
  try {
    const trained = await trainImages({
      source: split.train,
      config: plan.config,
      out: join(folder, 'run'),
      signal,
      onEpoch: ({ health, loss }) => {
        const { effectiveClusters, effectiveClustersRaw, empty } = health;
        last = { effectiveClusters, effectiveClustersRaw, empty, loss };
      },
    });
    const { status, normalisation } = trained;
    const { step, teacher } = trained.run;
    try {
      if (status === 'interrupted') return undefined;
      const figures = await evaluate(teacher.backbone, split, normalisation);
      return {
        ...plan,
        images: split.train.length,
        imagesSeen: step * plan.batch,
        steps: step,
        ...last,
        ...figures,
        seconds: (performance.now() - started) / 1000,
        engine,
      };
    } finally {
      trained.run.dispose();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
