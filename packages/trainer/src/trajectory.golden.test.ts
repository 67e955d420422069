import { cropMinScale } from '@excb/augment';
import { type BackboneConfig, createBackbone, createHead, loadStateDict } from '@excb/backbones';
import { createBalancer } from '@excb/balancer';
import type { ViewBatch, ViewBatches, ViewTensor } from '@excb/data';
import {
  expectChecksum,
  expectTensor,
  fillState,
  type Golden,
  type GoldenChecksum,
  type GoldenFile,
  golden,
  hashSigned,
  tolerance,
} from '@excb/golden';
import { startEngine } from '@excb/ops';
import { tfjsBackend } from '@excb/tensor/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goldenOptimiser, goldenSchedule } from '../test/golden-config.ts';
import type { CentroidStartResult } from './centroid-start.ts';
import { matchTable } from './match-table.ts';
import { createNetwork, type Network } from './network.ts';
import { groupSettings, stepSettings } from './schedules.ts';
import { type EpochRecord, startRun, type TrainingRun, train } from './train.ts';
import type { StepQuantities, StepRecord } from './train-step.ts';

const ENGINE = process.env.EXCB_TEST_ENGINE ?? 'cpu';
/** The order of the files' columns. */
const GROUPS = ['backbone', 'backbone_noreg', 'projector', 'projector_noreg', 'centroids'] as const;
/** Margins are written with five decimals. */
const MARGIN_DIGITS = 5e-6;
const NAMES = ['trajectory_linear_kmeans', 'trajectory_vit_sgd', 'trajectory_vit_adamw'] as const;

/** Values of every named tensor, read before they are disposed. */
async function readAll(tensors: ReadonlyMap<string, tf.Tensor>): Promise<Map<string, Float32Array>> {
  const read = new Map<string, Float32Array>();
  for (const [name, tensor] of tensors) read.set(name, Float32Array.from(await tensor.data()));
  return read;
}

/** One view tensor `[B, views, 3, side, side]` of the files as ours: rows view-major, channels last. */
function viewTensor(file: Golden, stream: number, colour: number, views: number, side: number): ViewTensor {
  const batch = file.args.batch_size;
  const data = new Float32Array(views * batch * side * side * 3);
  for (let b = 0; b < batch; b++)
    for (let v = 0; v < views; v++)
      for (let c = 0; c < 3; c++)
        for (let y = 0; y < side; y++)
          for (let x = 0; x < side; x++) {
            const i = (((b * views + v) * 3 + c) * side + y) * side + x;
            const value = 1.2 * hashSigned(stream, i) + 1.2 * hashSigned(colour, b * 3 + c);
            data[(((v * batch + b) * side + y) * side + x) * 3 + c] = value;
          }
  return { data, shape: [views * batch, side, side, 3] };
}

function goldenBatches(file: Golden, asked: number[]): ViewBatches {
  const { args, steps_per_epoch: stepsPerEpoch } = file;
  return {
    stepsPerEpoch,
    batchSize: args.batch_size,
    skipped: [],
    async *batches(epoch: number): AsyncIterable<ViewBatch> {
      asked.push(epoch);
      for (let step = 0; step < stepsPerEpoch; step++) {
        const stream = file.view_stream + 10 * (epoch * stepsPerEpoch + step);
        yield {
          globals: viewTensor(file, stream, stream + 5, 2, file.global_size),
          locals: viewTensor(file, stream + 1, stream + 5, args.mini_crops, file.local_size),
          indices: Int32Array.from({ length: args.batch_size }, (_, i) => step * args.batch_size + i),
          epoch,
          step,
        };
      }
    },
    async close() {},
  } as ViewBatches;
}

function goldenNetwork(file: Golden): Network {
  const { args, backbone: b } = file;
  const config =
    b.type === 'linear'
      ? { type: 'linear', poolGrid: b.pool_grid, outputSize: b.out_dim }
      : {
          type: 'vit',
          imageSize: b.img_size,
          patchSize: b.patch_size,
          embedDim: b.embed_dim,
          depth: b.depth,
          heads: b.num_heads,
          mlpRatio: b.mlp_ratio,
          qkvBias: b.qkv_bias,
          layerNormEpsilon: b.ln_eps,
          dropPath: b.drop_path_rate,
        };
  const backbone = createBackbone(config as BackboneConfig);
  const head = createHead({
    inputSize: backbone.featureSize,
    hiddenSize: args.mlp_hidden_dim,
    hiddenLayers: args.mlp_hidden_layers,
    norm: args.mlp_bn,
    activation: args.mlp_activation,
    bottleneck: args.bottleneck_dim,
    clusters: args.num_clusters,
    predictorActivation: args.predictor_activation,
    localCropGradients: args.local_crop_grads,
  });
  const network = createNetwork(backbone, head);
  const state = new Map(
    [...fillState(file.entries, file.state_base_stream)].map(([name, { shape, data }]) => [
      name,
      name.endsWith('num_batches_tracked')
        ? { dtype: 'int32' as const, shape, data: Int32Array.from(data) }
        : { dtype: 'float32' as const, shape, data },
    ]),
  );
  loadStateDict(backbone, state, { prefix: 'backbone.' });
  loadStateDict(head, state, { prefix: 'classifier.' });
  return network;
}

describe.each(NAMES)(`%s on ${ENGINE}`, (name) => {
  const file = golden(name);
  const { args } = file;
  const tol = (noise: number) => tolerance(name as GoldenFile, noise);
  const seen: {
    step: StepRecord;
    sizes: Float32Array;
    labels: Int32Array;
    margin: number;
    lowerMin: number;
    higherMin: number;
    student: Float32Array;
    teacher: Float32Array;
  }[] = [];
  const epochs: EpochRecord[] = [];
  const passes: number[] = [];
  const first: Record<'grads' | 'student' | 'teacher', Map<string, Float32Array>> = {
    grads: new Map(),
    student: new Map(),
    teacher: new Map(),
  };
  const afterStart: Record<'student' | 'teacher', Map<string, Float32Array>> = {
    student: new Map(),
    teacher: new Map(),
  };
  let centroids: CentroidStartResult | undefined;
  let run: TrainingRun;
  let tensorsBefore = 0;
  let tensorsAfter = 0;

  const stateOf = (network: Network) => readAll(new Map([...network.parameters, ...network.buffers]));

  beforeAll(async () => {
    await startEngine(ENGINE);
    const student = goldenNetwork(file);
    const assigner = createBalancer<tf.Tensor>({
      clusters: args.num_clusters,
      momentum: args.center_momentum,
      teacherTemperature: args.teacher_temp,
      backend: tfjsBackend(tf),
    });
    const selections: number[][] | undefined = file.centroid_init?.selections;
    run = startRun(
      {
        epochs: args.epochs,
        seed: 0,
        clusters: args.num_clusters,
        globalViews: file.match.teacher_views,
        localViews: args.mini_crops,
        predictor: args.predictor,
        studentTemperature: args.student_temp,
        optimiser: goldenOptimiser(args),
        clip: args.clip_grad,
        schedule: goldenSchedule(
          args,
          args.warmup_epochs * file.steps_per_epoch,
          args.epochs * file.steps_per_epoch,
        ),
        centroidStart: selections
          ? { samples: args.clustering_samples, iterations: 50, restarts: selections.length - 1 }
          : null,
      },
      student,
      goldenNetwork(file),
      assigner,
    );
    let labels = new Int32Array();
    let margin = 0;
    let bounds = { lowerMin: 0, higherMin: 0 };
    let student_ = new Float32Array();
    let teacher_ = new Float32Array();
    const inspect = async (quantities: StepQuantities) => {
      bounds = await assigner.extremes();
      labels = (await quantities.assignment.assignments.data()) as Int32Array<ArrayBuffer>;
      student_ = (await quantities.studentSimilarities.data()) as Float32Array<ArrayBuffer>;
      teacher_ = (await quantities.teacherSimilarities.data()) as Float32Array<ArrayBuffer>;
      // Softmax undone: the gap of two logits is the log of their ratio, times the temperature.
      const targets = (await quantities.assignment.targets.array()) as number[][];
      margin = Math.min(
        ...targets.map((row) => {
          const [best, second] = [...row].sort((a, b) => b - a);
          return args.teacher_temp * Math.log(best / second);
        }),
      );
      if (seen.length === 0) first.grads = await readAll(quantities.gradients);
    };
    await train(run, goldenBatches(file, passes), {
      select: (attempt) => selections![attempt],
      inspect,
      onCentroids: async (result) => {
        centroids = result;
        afterStart.student = await stateOf(run.student);
        afterStart.teacher = await stateOf(run.teacher);
      },
      onStep: async (step) => {
        const sizes = await assigner.sizes();
        const { lowerMin, higherMin } = bounds;
        seen.push({ step, sizes, labels, margin, lowerMin, higherMin, student: student_, teacher: teacher_ });
        if (seen.length === 1) {
          first.student = await stateOf(run.student);
          first.teacher = await stateOf(run.teacher);
          tensorsBefore = tf.memory().numTensors;
        }
        tensorsAfter = tf.memory().numTensors;
      },
      onEpoch: (epoch) => {
        epochs.push(epoch);
      },
    });
  });

  afterAll(() => run.dispose());

  it('runs the passes and steps the file lists', () => {
    expect(seen).toHaveLength(file.steps.length);
    expect(passes).toEqual(file.centroid_init?.loader_epoch_calls ?? [...Array(args.epochs).keys()]);
    expect(run.student.parameters.size + run.student.buffers.size).toBe(file.entries.length);
    const frozen = [...run.student.parameters.keys()].filter((key) => !run.student.trainable.has(key));
    expect(frozen).toEqual(file.not_trained);
  });

  it('matches, crop minimum and shapes are what the file lists', () => {
    const { globalViews, localViews, predictor } = run.config;
    expect(matchTable({ globals: globalViews, locals: localViews, predictor })).toEqual({
      studentViews: file.match.student_views,
      teacherViews: file.match.teacher_views,
      matches: file.match.matches,
    });
    const minima = Array.from({ length: args.epochs }, (_, epoch) =>
      cropMinScale(epoch, args.epochs, args.crop_min_scale, args.crop_min_scale_final),
    );
    expectTensor(minima, { data: file.min_crop_scale_by_epoch }, 1e-9, 'crop minimum');
    for (const [key, shape] of file.entries as [string, number[]][]) {
      const variable = run.student.parameters.get(key) ?? run.student.buffers.get(key);
      expect(variable?.shape, key).toEqual(shape);
    }
  });

  it('keeps the number of tensors from step to step', () => {
    expect(tensorsAfter).toBe(tensorsBefore);
  });

  it.each(file.steps.map((_: unknown, i: number) => i) as number[])('step %i', (i) => {
    const expected = file.steps[i];
    const { step, ...actual } = seen[i];
    const loss = tol(file.float32_noise.worst_loss_abs);
    expect([step.epoch, step.step]).toEqual([expected.epoch, expected.train_step]);
    expectTensor([step.loss], { data: [expected.loss] }, loss, 'loss');
    expectTensor([step.loss], { data: [expected.loss_float64] }, loss, 'loss in double precision');
    expectTensor(actual.sizes, expected.center, tol(0), 'cluster sizes');
    expect([...actual.labels]).toEqual(expected.teacher_labels.data);
    expect(expected.labels_same_in_float64).toBe(true);
    expectTensor([actual.margin], { data: [expected.smallest_top2_margin] }, loss + MARGIN_DIGITS, 'margin');
    expectChecksum(actual.student, expected.student_sims, loss, 'student similarities');
    expectChecksum(actual.teacher, expected.teacher_sims, loss, 'teacher similarities');
    const { metrics } = expected;
    const scheduled: Record<string, number> = {
      teacher_temp: args.teacher_temp,
      center_ema: args.center_momentum,
      ema_momentum: step.teacherMomentum,
      lr: step.learningRate,
      wd: step.weightDecay,
      wd_centroid: step.centroidWeightDecay,
    };
    const measured: Record<string, number> = {
      llb_min: actual.lowerMin,
      lhb_min: actual.higherMin,
      acc: step.accuracy,
      changed_labels: step.changedLabels,
      confidence_tr: step.teacherConfidence,
      confidence_st: step.studentConfidence,
      unique_labels_tr: step.teacherLabels,
      label_aggreement: step.labelAgreement,
      unique_labels_st: step.studentLabels,
    };
    expect([...Object.keys(measured), ...Object.keys(scheduled)].sort()).toEqual(Object.keys(metrics).sort());
    for (const key of Object.keys(measured)) {
      expectTensor([measured[key]], { data: [metrics[key]] }, loss, key);
    }
    for (const key of Object.keys(scheduled)) {
      // Double precision, written with nine digits.
      expectTensor([scheduled[key]], { data: [metrics[key]] }, 0, key, 1e-8);
    }
    const settings = stepSettings(run.config.schedule, i);
    const groups = GROUPS.map((group) => groupSettings(group, settings));
    const rates = groups.map(({ learningRate }) => learningRate);
    const decays = groups.map(({ weightDecay }) => weightDecay);
    expectTensor(rates, { data: expected.group_lr }, 0, 'group lr', 1e-9);
    expectTensor(decays, { data: expected.group_wd }, 0, 'group weight decay', 1e-9);
  });

  it.each(file.epoch_metrics.map((_: unknown, i: number) => i) as number[])('epoch %i', (i) => {
    const expected = file.epoch_metrics[i];
    const { health } = epochs[i];
    expectTensor(
      [health.empty / args.num_clusters, health.largest, health.smallest],
      { data: [expected.empty_clusters, expected.cluster_size_max, expected.cluster_size_min] },
      tol(0),
      'empty, largest, smallest',
    );
  });

  const expectState = (
    actual: ReadonlyMap<string, Float32Array>,
    expected: Record<string, GoldenChecksum>,
    label: string,
  ) => {
    for (const [key, checksum] of Object.entries(expected)) {
      expect(actual.has(key), `${label} ${key}`).toBe(true);
      expectChecksum(actual.get(key)!, checksum, tol(checksum.noise!), `${label} ${key}`);
    }
  };

  it('first gradients', () => expectState(first.grads, file.first_step.grads, 'gradient'));
  it('student after the first step', () => expectState(first.student, file.first_step.student, 'student'));
  it('teacher after the first step', () => expectState(first.teacher, file.first_step.teacher, 'teacher'));
  it('student at the end', async () =>
    expectState(await stateOf(run.student), file.final.student, 'student'));
  it('teacher at the end', async () =>
    expectState(await stateOf(run.teacher), file.final.teacher, 'teacher'));
  it('momentum buffers at the end', async () => {
    const buffers = new Map(
      [...(await readAll(run.optimiser.slots))].map(([key, value]) => [
        key.replace(/\.momentum$/, ''),
        value,
      ]),
    );
    const named = [...run.optimiser.slots.keys()].filter((key) => key.endsWith('.momentum'));
    expect(named).toHaveLength(Object.keys(file.final.momentum_buffers).length);
    expectState(buffers, file.final.momentum_buffers, 'momentum');
  });

  if (file.centroid_init) {
    it('centroid start', () => {
      const expected = file.centroid_init;
      expectTensor(centroids!.features, expected.features, tol(0), 'features');
      expect(centroids!.restarts).toBe(expected.selections.length - 1);
      expect([...centroids!.assignments]).toEqual(expected.assignments.data);
      expect(expected.assignments_same_in_float64).toBe(true);
      const rows = (state: Map<string, Float32Array>) => state.get('classifier.centroid_layer.weight_v')!;
      expectTensor(rows(afterStart.teacher), expected.teacher_centroids, tol(0), 'teacher centroids');
      expectTensor(rows(afterStart.student), expected.student_centroids, tol(0), 'student centroids');
      expectState(afterStart.teacher, expected.teacher_after_init, 'teacher');
      expectState(afterStart.student, expected.student_after_init, 'student');
    });
  }
});
