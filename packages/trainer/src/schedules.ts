/** Everything that moves with the step, in double precision. Source: method §5. */
export interface ScheduleConfig {
  /** Peak learning rate, already scaled to the batch. */
  learningRate: number;
  /** 'cosine' falls to `learningRate · minimumFactor` at the last step; 'constant' stays at the peak. */
  schedule: 'cosine' | 'constant';
  minimumFactor: number;
  /** Steps of linear warm-up from 0. */
  warmupSteps: number;
  /** Weight decay at the start; `weightDecayEnd` (cosine) at the last step. */
  weightDecay: number;
  weightDecayEnd: number;
  /** The centroids' weight decay starts at this many times the group's and falls to 1× (cosine). */
  centroidDecayFactor: number;
  /** Teacher momentum at the first step and after the last one (cosine). */
  teacherMomentum: number;
  teacherMomentumEnd: number;
  /** Steps of the whole run. */
  totalSteps: number;
}

/** What one training step uses. */
export interface StepSettings {
  learningRate: number;
  /** Of the groups that have weight decay: backbone and projector weights. */
  weightDecay: number;
  centroidWeightDecay: number;
  teacherMomentum: number;
}

/** `end + (start − end)·(1 + cos(π·t/total))/2`: half a cosine from `start` at t = 0 to `end` at t = total. */
export function halfCosine(start: number, end: number, t: number, total: number): number {
  return end + 0.5 * (start - end) * (1 + Math.cos((Math.PI * t) / total));
}

function learningRateAt(config: ScheduleConfig, t: number): number {
  const { learningRate, warmupSteps, totalSteps } = config;
  if (t < warmupSteps) return (learningRate * t) / warmupSteps;
  if (config.schedule === 'constant') return learningRate;
  const minimum = learningRate * config.minimumFactor;
  return halfCosine(learningRate, minimum, t - warmupSteps, totalSteps - warmupSteps);
}

/**
 * The settings of training step `step`, counted from 0. Learning rate and weight decay advance before the step
 * (they use step + 1); the teacher's momentum uses `step` itself.
 */
export function stepSettings(config: ScheduleConfig, step: number): StepSettings {
  const t = step + 1;
  const { totalSteps } = config;
  const weightDecay =
    config.weightDecay === config.weightDecayEnd
      ? config.weightDecay
      : halfCosine(config.weightDecay, config.weightDecayEnd, t, totalSteps);
  return {
    learningRate: learningRateAt(config, t),
    weightDecay,
    centroidWeightDecay: weightDecay * halfCosine(config.centroidDecayFactor, 1, t, totalSteps),
    teacherMomentum: halfCosine(config.teacherMomentum, config.teacherMomentumEnd, step, totalSteps),
  };
}
