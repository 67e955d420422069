import {
  expectChecksum,
  expectTensor,
  fillState,
  type GoldenChecksum,
  type GoldenEntry,
  type GoldenTensor,
  golden,
  tolerance,
} from '@excb/golden';
import { l2Normalise, startEngine } from '@excb/ops';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createHead,
  type Head,
  type HeadConfig,
  type HeadOutput,
  loadStateDict,
  stateDict,
} from '../src/index.ts';

interface Outputs {
  similarities: GoldenTensor;
  projections: GoldenTensor;
}

interface HeadCase {
  predictor_activation: 'bn' | 'ln' | null;
  mlp_bn: boolean;
  mlp_activation: 'relu' | 'gelu';
  mlp_hidden_layers: number;
  in_dim: number;
  hidden_dim: number;
  bottleneck_dim: number;
  K: number;
  rows_global: number;
  rows_local: number;
  local_crop_grads: boolean;
  predictor_grads: boolean;
  state_dict_base_stream: number;
  entries: GoldenEntry[];
  requires_grad: Record<string, boolean>;
  state_before: Record<string, GoldenTensor>;
  x_global: GoldenTensor;
  x_local: GoldenTensor;
  grad_weights: GoldenTensor;
  train: Outputs & {
    grad_x_global: GoldenTensor;
    grad_x_local: GoldenTensor;
    grads: Record<string, GoldenTensor | null>;
    buffers_after: Record<string, GoldenTensor>;
  };
  teacher_call: Outputs & { same_projections_from_plain_tensor_input: boolean };
  eval_after: Outputs;
  centroid_gradient_table: {
    predictor_grads: boolean;
    local_crop_grads: boolean;
    rows: 'global_direct' | 'local_direct' | 'global_predicted' | 'local_predicted';
    centroid_grad_is_none: boolean;
    centroid_grad: GoldenChecksum;
    projector_first_weight_grad: GoldenChecksum;
  }[];
}

interface HeadFile {
  tol: { rel: number; abs: number };
  case: HeadCase;
}

beforeAll(async () => {
  await startEngine('cpu');
});

const tensor = ({ data, shape }: GoldenTensor) => tf.tensor2d(data, shape as [number, number]);

describe.each(['head_bn', 'head_ln', 'head_none'] as const)('%s', (name) => {
  const file = golden<HeadFile>(name);
  const head = file.case;
  const absolute = tolerance(name, file.tol.abs);
  const relative = tolerance(name, file.tol.rel, 0);

  const create = (settings: Partial<HeadConfig> = {}): Head => {
    const made = createHead({
      inputSize: head.in_dim,
      clusters: head.K,
      hiddenSize: head.hidden_dim,
      hiddenLayers: head.mlp_hidden_layers,
      bottleneck: head.bottleneck_dim,
      norm: head.mlp_bn,
      activation: head.mlp_activation,
      predictorActivation: head.predictor_activation ?? 'none',
      predictorGradients: head.predictor_grads,
      localCropGradients: head.local_crop_grads,
      ...settings,
    });
    loadStateDict(made, fillState(head.entries, head.state_dict_base_stream));
    return made;
  };

  const close = async (actual: tf.Tensor, expected: GoldenTensor, label: string) => {
    expect(actual.shape, label).toEqual(expected.shape);
    expectTensor(await actual.data(), expected, absolute, label, relative);
    actual.dispose();
  };

  const closeOutputs = async (actual: HeadOutput, expected: Outputs, label: string) => {
    await close(actual.similarities, expected.similarities, `${label}.similarities`);
    await close(actual.projections, expected.projections, `${label}.projections`);
  };

  it('entries, requires_grad and state_before', async () => {
    const made = create();
    expect(made.stateNames).toEqual(head.entries.map(([entry]) => entry));
    const state = await stateDict(made);
    expect([...state.keys()]).toEqual(Object.keys(head.state_before));
    for (const [entry, { shape, data }] of state) {
      const expected = head.state_before[entry];
      expect(shape, entry).toEqual(expected.shape);
      expectTensor(data, { data: expected.data.map(Math.fround) }, 0, entry);
    }
    const trainable = [...made.parameters].map(([entry, variable]) => [entry, variable.trainable]);
    expect(Object.fromEntries(trainable)).toEqual(head.requires_grad);
    made.dispose();
  });

  it('train, then eval_after', async () => {
    const made = create();
    expect([head.x_global.shape[0], head.x_local.shape[0]]).toEqual([head.rows_global, head.rows_local]);
    const [global, local] = [head.x_global, head.x_local].map(
      (x) => tf.variable(tensor(x)) as tf.Variable<tf.Rank.R2>,
    );
    const weights = tensor(head.grad_weights);
    let output: HeadOutput | undefined;
    const { grads } = tf.variableGrads(() => {
      output = made.forward(global, local, { training: true, predictor: true });
      tf.keep(output.similarities);
      tf.keep(output.projections);
      return tf.sum(tf.mul(output.similarities, weights)) as tf.Scalar;
    }, [global, local, ...[...made.parameters.values()].filter((variable) => variable.trainable)]);
    await closeOutputs(output!, head.train, 'train');
    await close(grads[global.name], head.train.grad_x_global, 'grad_x_global');
    await close(grads[local.name], head.train.grad_x_local, 'grad_x_local');
    expect([...made.parameters.keys()].sort()).toEqual(Object.keys(head.train.grads).sort());
    for (const [entry, expected] of Object.entries(head.train.grads)) {
      const gradient = grads[made.parameters.get(entry)!.name];
      if (expected === null) expect(gradient, entry).toBeUndefined();
      else await close(gradient, expected, `grads.${entry}`);
    }
    expect([...made.buffers.keys()].sort()).toEqual(Object.keys(head.train.buffers_after).sort());
    for (const [entry, expected] of Object.entries(head.train.buffers_after)) {
      await close(tf.clone(made.buffers.get(entry)!), expected, entry);
    }
    const after = made.forward(global, local, { training: false, predictor: true });
    await closeOutputs(after, head.eval_after, 'eval_after');
    for (const t of [global, local, weights]) t.dispose();
    made.dispose();
  });

  it('teacher_call', async () => {
    const made = create();
    const x = tensor(head.x_global);
    const output = made.forward(x, undefined, { training: true, predictor: false });
    await closeOutputs(output, head.teacher_call, 'teacher_call');
    made.dispose();
    expect(head.teacher_call.same_projections_from_plain_tensor_input).toBe(true);
    const fresh = create();
    const projected = tf.tidy(() => l2Normalise(fresh.project(x, { training: true })));
    await close(projected, head.teacher_call.projections, 'project');
    x.dispose();
    fresh.dispose();
  });

  it('the table has every combination', () => {
    const keys = head.centroid_gradient_table.map((row) =>
      [row.predictor_grads, row.local_crop_grads, row.rows].join(),
    );
    expect(new Set(keys).size).toBe(16);
    expect(keys.length).toBe(16);
  });

  it.each(head.centroid_gradient_table)(
    'centroid_gradient_table: predictor $predictor_grads, local $local_crop_grads, $rows',
    async (row) => {
      const made = create({
        predictorGradients: row.predictor_grads,
        localCropGradients: row.local_crop_grads,
      });
      const blocks = ['global_direct', 'local_direct', 'global_predicted', 'local_predicted'];
      const [global, local] = [tensor(head.x_global), tensor(head.x_local)];
      const lengths = blocks.map((block) =>
        block.startsWith('global') ? head.rows_global : head.rows_local,
      );
      const block = blocks.indexOf(row.rows);
      const start = lengths.slice(0, block).reduce((a, b) => a + b, 0);
      const size = [lengths[block], head.K];
      const centroids = made.parameters.get('centroid_layer.weight_v')!;
      const first = made.parameters.get('projector.mlp.0.weight')!;
      const weights = tensor(head.grad_weights);
      const { grads } = tf.variableGrads(() => {
        const { similarities } = made.forward(global, local, { training: true, predictor: true });
        const part = tf.slice(similarities, [start, 0], size);
        return tf.sum(tf.mul(part, tf.slice(weights, [start, 0], size))) as tf.Scalar;
      }, [centroids, first]);
      expect(row.centroid_grad_is_none).toBe(grads[centroids.name] === undefined);
      for (const [variable, expected] of [
        [centroids, row.centroid_grad],
        [first, row.projector_first_weight_grad],
      ] as const) {
        const gradient = grads[variable.name];
        expect(gradient.shape).toEqual(expected.shape);
        expectChecksum(await gradient.data(), expected, absolute, row.rows);
      }
      made.dispose();
    },
  );
});
