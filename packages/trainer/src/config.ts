import { type MultiCropOptions, multiCropRecipe } from '@excb/augment';
import { type BackboneConfig, backboneConfig, backboneLayout } from '@excb/backbones';
import { type AssignerName, assignerNames } from '@excb/balancer';
import { closest } from 'fastest-levenshtein';
import { z } from 'zod';
import { ConfigError } from './errors.ts';

const positive = z.number().positive();
const count = z.int().min(1);
const fraction = z.number().min(0).max(1);
const momentum = z.number().min(0).lt(1);

const optimiser = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('sgd'), momentum }),
  z.strictObject({ name: z.literal('adam'), beta1: momentum, beta2: momentum, epsilon: positive }),
  z.strictObject({ name: z.literal('adamw'), beta1: momentum, beta2: momentum, epsilon: positive }),
  z.strictObject({ name: z.literal('lars'), momentum, trust: positive }),
]);

const between = z.number().gt(0).lt(1);

/** Each with the settings of its authors unless they are given. */
const assigner = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('balance') }),
  z.strictObject({ name: z.literal('none') }),
  z.strictObject({
    name: z.literal('centering'),
    /** Of the running centre. */
    momentum: fraction.default(0.9),
    /** The temperature rises from `from` to teacherTemperature in this many epochs. */
    warmup: z.strictObject({ from: positive, epochs: count }).nullable().default(null),
  }),
  z.strictObject({
    name: z.literal('sinkhorn'),
    epsilon: positive.default(0.05),
    rounds: count.default(3),
    /** Past projections that are assigned together with the batch; 0 is off. */
    queue: z.int().min(0).default(0),
  }),
  z.strictObject({
    name: z.literal('mira'),
    temperature: positive.default(0.225),
    beta: z.strictObject({ from: between, to: between }).default({ from: 3 / 4, to: 2 / 3 }),
    rounds: z.int().min(0).default(30),
  }),
]);

const head = z.strictObject({
  /** Width of the hidden layers of projector and predictor. */
  hiddenSize: count,
  /** Hidden layers of the projector; the predictor has one. */
  hiddenLayers: z.int().min(0),
  /** Width of the projections and of the centroids. */
  bottleneck: count,
  /** BatchNorm in the hidden layers. */
  norm: z.boolean(),
  activation: z.enum(['relu', 'gelu']),
  predictor: z.boolean(),
  predictorActivation: z.enum(['bn', 'ln', 'none']),
  /** Whether the predictor's path moves the centroids. */
  predictorGradients: z.boolean(),
  /** Whether the local views' path moves the centroids. */
  localCropGradients: z.boolean(),
});

const centroidStart = z.strictObject({
  samples: count,
  iterations: count,
  restarts: z.int().min(0),
});

const normalisation = z.union([
  z.enum(['imagenet', 'measured']),
  z.strictObject({
    mean: z.tuple([z.number(), z.number(), z.number()]),
    std: z.tuple([positive, positive, positive]),
  }),
]);

/** Every setting of a run, all of them stated: what is written beside a checkpoint. */
export const trainConfigSchema = z.strictObject({
  seed: z.int().min(0),
  epochs: count,
  /** Images a step. */
  batch: count,
  /** Named backbone, or its settings. */
  backbone: z.union([z.string(), z.looseObject({ type: z.string() })]),
  head,
  clusters: count,
  /** How teacher similarities become targets: its name, or with settings of its own. */
  assigner: z.preprocess((value) => (typeof value === 'string' ? { name: value } : value), assigner),
  /** Of the running cluster sizes; 'auto' fits it to rows and clusters. */
  clusterMomentum: z.union([momentum, z.literal('auto')]),
  teacherTemperature: positive,
  studentTemperature: positive,
  optimiser,
  /** Peak learning rate at this batch. */
  learningRate: positive,
  learningRateSchedule: z.enum(['cosine', 'constant']),
  /** The cosine ends at learningRate times this. */
  learningRateMinimum: fraction,
  /** Epochs of linear warm-up; may be a fraction of one. */
  warmupEpochs: z.number().min(0),
  weightDecay: z.number().min(0),
  weightDecayEnd: z.number().min(0),
  /** The centroids' weight decay starts at this many times the others' and falls to 1×. */
  centroidDecayFactor: positive,
  /** Clips each parameter's gradient to this norm; 0 is off. */
  clip: z.number().min(0),
  teacherMomentum: fraction,
  teacherMomentumEnd: fraction,
  centroidStart: centroidStart.nullable(),
  /** Settings of multi-crop, as `@excb/augment` takes them, but for `minScale`. */
  views: z.looseObject({}),
  /** Smallest area of a global crop, from the first epoch to the last. */
  minScale: z.tuple([fraction, fraction]),
  normalisation,
});

/** Every setting of a run. */
export type TrainConfig = z.infer<typeof trainConfigSchema>;

/** Some settings of a run, at any depth; the rest comes from a preset. */
export type TrainConfigOverrides = {
  [Key in keyof TrainConfig]?: Key extends 'head' | 'views'
    ? Partial<TrainConfig[Key]>
    : Key extends 'assigner'
      ? AssignerName | z.input<typeof assigner>
      : TrainConfig[Key];
};

/** @throws ConfigError that names every problem: the key, what it is, what it may be, the nearest valid name. */
export function checkTrainConfig(config: unknown): TrainConfig {
  const result = trainConfigSchema.safeParse(config, { reportInput: true });
  if (!result.success) throw new ConfigError(result.error.issues.map(describe).join('\n'));
  const { backbone, views, minScale } = result.data;
  checkPart('backbone', () => backboneLayout(backboneSettings(backbone)));
  if ('seed' in Object(backbone))
    throw new ConfigError('backbone.seed is not used: set seed, everything random follows from it');
  if ('minScale' in views)
    throw new ConfigError('views.minScale is not used: set minScale, from the first epoch to the last');
  for (const scale of minScale) {
    checkPart('views', () => multiCropRecipe({ ...(views as MultiCropOptions), minScale: scale }));
  }
  const { centroidStart: start, clusters } = result.data;
  if (start && start.samples < clusters) {
    throw new ConfigError(
      `centroidStart.samples is ${start.samples}, but ${clusters} clusters need at least as many: raise it to several times the clusters`,
    );
  }
  return result.data;
}

/** The settings of a backbone, given whole or by name. */
export function backboneSettings(backbone: TrainConfig['backbone']): BackboneConfig {
  return typeof backbone === 'string' ? backboneConfig(backbone) : (backbone as unknown as BackboneConfig);
}

/** Checks settings that another package owns. */
function checkPart(name: string, check: () => unknown): void {
  try {
    check();
  } catch (error) {
    throw new ConfigError(`${name}: ${(error as Error).message}`);
  }
}

function describe(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.');
  if (path === 'assigner.name' && issue.code === 'invalid_union') {
    const { name } = (issue.input ?? {}) as { name?: unknown };
    return `there is no assigner '${name}': did you mean '${closest(String(name), assignerNames)}'? There are ${assignerNames.join(', ')}`;
  }
  if (issue.code === 'unrecognized_keys') {
    const valid = keysAt(issue.path);
    return issue.keys
      .map(
        (key) =>
          `there is no setting '${[...issue.path, key].join('.')}': did you mean '${closest(key, valid)}'?`,
      )
      .join('\n');
  }
  const got = 'input' in issue ? `is ${JSON.stringify(issue.input)}` : 'does not fit';
  return `${path} ${got}: ${issue.message}`;
}

/** The setting names that are valid at a place of the configuration. */
function keysAt(path: PropertyKey[]): string[] {
  if (path.length === 0) return Object.keys(trainConfigSchema.shape);
  const groups: Record<string, z.ZodObject[]> = {
    head: [head],
    centroidStart: [centroidStart],
    optimiser: optimiser.options,
    assigner: assigner.options,
  };
  return (groups[String(path[0])] ?? [trainConfigSchema]).flatMap((group) => Object.keys(group.shape));
}
