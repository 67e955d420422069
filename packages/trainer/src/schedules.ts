import type { ParameterGroup } from '@excb/backbones';

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

/** Learning rate and weight decay of one parameter at a step. */
export interface ParameterSettings {
  learningRate: number;
  weightDecay: number;
}

/** What one training step uses. */
export interface StepSettings {
  learningRate: number;
  /** Of the groups that have weight decay: backbone and projector weights. */
  weightDecay: number;
  centroidWeightDecay: number;
  teacherMomentum: number;
}

/**
 * `end + (start − end)·(1 + cos(π·t/total))/2`: half a cosine from `start` at t = 0 to `end` at t = total. With
 * nothing left to fall over (`total` 0) it is still at `start`.
 */
export function halfCosine(start: number, end: number, t: number, total: number): number {
  if (total <= 0) return start;
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

/** What a parameter group uses: biases and one-dimensional parameters have no weight decay, centroids their own. */
export function groupSettings(group: ParameterGroup, settings: StepSettings): ParameterSettings {
  const { learningRate, weightDecay, centroidWeightDecay } = settings;
  if (group === 'centroids') return { learningRate, weightDecay: centroidWeightDecay };
  return { learningRate, weightDecay: group.endsWith('noreg') ? 0 : weightDecay };
}

/** The same object for every parameter of a group. */
export function settingsByGroup(settings: StepSettings): (group: ParameterGroup) => ParameterSettings {
  const known = new Map<ParameterGroup, ParameterSettings>();
  return (group) => {
    const own = known.get(group) ?? groupSettings(group, settings);
    known.set(group, own);
    return own;
  };
}
