import type { OptimiserConfig } from '../src/optimisers.ts';
import type { ScheduleConfig } from '../src/schedules.ts';

/** The arguments of the authors' program that a golden file was made with. */
export interface GoldenArguments {
  optimizer: string;
  lr: number;
  lr_min_factor: number;
  lr_schedule: string | null;
  weight_decay: number;
  weight_decay_target_factor: number;
  centroid_adjustments: string | null;
  ema_momentum: number;
  ema_end_value: number;
  sgd_momentum: number;
}

/** 'wdx10c1' multiplies the centroids' weight decay by 10, falling to 1 by a cosine; null leaves it. */
function centroidDecayFactor(adjustment: string | null): number {
  if (adjustment === null) return 1;
  const found = /^wdx(\d+)c1$/.exec(adjustment);
  if (!found) throw new Error(`unknown centroid adjustment ${adjustment}`);
  return Number(found[1]);
}

/** The authors' schedule arguments as ours. */
export function goldenSchedule(
  args: Omit<GoldenArguments, 'sgd_momentum'>,
  warmupSteps: number,
  totalSteps: number,
): ScheduleConfig {
  return {
    learningRate: args.lr,
    schedule: args.lr_schedule === null ? 'constant' : 'cosine',
    minimumFactor: args.lr_min_factor,
    warmupSteps,
    weightDecay: args.weight_decay,
    weightDecayEnd: args.weight_decay * args.weight_decay_target_factor,
    centroidDecayFactor: centroidDecayFactor(args.centroid_adjustments),
    teacherMomentum: args.ema_momentum,
    teacherMomentumEnd: args.ema_end_value,
    totalSteps,
  };
}

/** The authors' optimiser arguments as ours. */
export function goldenOptimiser(args: { optimizer: string; sgd_momentum: number }): OptimiserConfig {
  switch (args.optimizer) {
    case 'sgd':
      return { name: 'sgd', momentum: args.sgd_momentum };
    case 'adam':
    case 'adamw':
      return { name: args.optimizer, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
    case 'lars':
      return { name: 'lars', momentum: args.sgd_momentum, trust: 0.001 };
    default:
      throw new Error(`unknown optimiser ${args.optimizer}`);
  }
}
