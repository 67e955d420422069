import type { AssignerName } from '@excb/balancer';
import { type TrainConfig, type TrainConfigOverrides, trainConfig } from '@excb/trainer';
import type { StudyOptions } from './options.ts';

/** One run of the study. */
export interface Plan {
  assigner: AssignerName;
  batch: number;
  seed: number;
  config: TrainConfig;
}

const CLUSTERS = 64;
const GLOBAL_VIEWS = 2;
/** The preset's momentum is meant for its batch of 32 images. */
const REFERENCE_BATCH = 32;
const TEACHER_MOMENTUM = 0.99;

/**
 * What every run has in common, and what follows from the batch alone, by rules that are the same for all assignments:
 * the learning rate is the preset's for 32 images times the square root of the ratio of batches, the teacher forgets by
 * images and not by steps, and the balancer's momentum is 'auto'.
 */
function configOf(assigner: AssignerName, batch: number, seed: number, epochs: number): TrainConfig {
  const ratio = batch / REFERENCE_BATCH;
  const small = trainConfig('small', { batch: REFERENCE_BATCH });
  const overrides: TrainConfigOverrides = {
    seed,
    epochs,
    batch,
    clusters: CLUSTERS,
    clusterMomentum: 'auto',
    assigner: assigner === 'sinkhorn' ? { name: assigner, queue: queueOf(batch) } : assigner,
    learningRate: small.learningRate * Math.sqrt(ratio),
    teacherMomentum: TEACHER_MOMENTUM ** ratio,
    // Small steps are mostly overhead: one stage and all local views less than the preset.
    backbone: { ...(small.backbone as Record<string, unknown> & { type: string }), blocks: [1, 1, 1] },
    views: { localCrops: 0 },
    centroidStart: { samples: 2048, iterations: 20, restarts: 10 },
  };
  return trainConfig('small', overrides);
}

/** SwAV's answer to batches that hold few rows a cluster: past projections, two a cluster here. */
function queueOf(batch: number): number {
  return GLOBAL_VIEWS * batch < 2 * CLUSTERS ? 2 * CLUSTERS : 0;
}

/** All runs, the most telling first: seed by seed, and of each the smallest batch, the largest, the reference, the rest. */
export function plans({ assigners, batches, seeds, epochs }: StudyOptions): Plan[] {
  const extremes = [Math.min(...batches), Math.max(...batches)];
  const reference = batches.filter((batch) => batch === REFERENCE_BATCH);
  const order = [...new Set([...extremes, ...reference, ...batches])];
  return seeds.flatMap((seed) =>
    order.flatMap((batch) =>
      assigners.map((assigner) => ({
        assigner,
        batch,
        seed,
        config: configOf(assigner, batch, seed, epochs),
      })),
    ),
  );
}

/** What the run is called, in the log and as a file. */
export function nameOf({ assigner, batch, seed }: Omit<Plan, 'config'>): string {
  return `${assigner}-batch-${batch}-seed-${seed}`;
}
