import {
  expectChecksum,
  expectTensor,
  type GoldenChecksum,
  type GoldenTensor,
  golden,
  tolerance,
} from '@excb/golden';
import { startEngine } from '@excb/ops';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createHead,
  createVit,
  dropPath,
  dropPathRates,
  parameterGroup,
  trainableParameters,
} from '../src/index.ts';
import {
  type BackboneCase,
  caseImages,
  checksumTolerance,
  expectOutput,
  scaledTolerance,
  shareBackbone,
  testBackboneCase,
  valuesOf,
} from './golden-backbone.ts';

interface VitCase extends BackboneCase {
  pos_embed_interpolated: GoldenTensor[];
  last_selfattention: (GoldenTensor | GoldenChecksum)[];
  eval4_features: GoldenTensor[];
  output_shape_before_after_set_eval_state: [number, number];
  tokens_prepared_first_input: GoldenChecksum;
  intermediate_layers_4_first_input: GoldenChecksum[];
  block_outputs_first_input: GoldenChecksum[];
  drop_path: { p: number; u: number[]; x: GoldenTensor; y: GoldenTensor };
  drop_path_rates: { depth: number; rate: number; student: number[]; teacher: number[] };
  parameter_groups_with_head: Record<string, string[]>;
}

interface VitFile {
  config: {
    embed_dim: number;
    depth: number;
    num_heads: number;
    img_size: number;
    patch_size: number;
    mlp_ratio: number;
    qkv_bias: boolean;
    ln_eps: number;
    sizes: [number, number][];
  };
  case: VitCase;
}

const file = golden<VitFile>('vit');
const vit = file.case;
const noise = vit.float32_noise.eval;

const create = () =>
  createVit({
    imageSize: file.config.img_size,
    patchSize: file.config.patch_size,
    embedDim: file.config.embed_dim,
    depth: file.config.depth,
    heads: file.config.num_heads,
    mlpRatio: file.config.mlp_ratio,
    qkvBias: file.config.qkv_bias,
    layerNormEpsilon: file.config.ln_eps,
  });

beforeAll(async () => {
  await startEngine('cpu');
});

describe('vit', () => {
  const shared = shareBackbone(vit, create);
  testBackboneCase('vit', vit, shared);

  it('config.sizes are those of the inputs, the native one first', () => {
    expect(file.config.sizes[0]).toEqual([file.config.img_size, file.config.img_size]);
    expect(vit.inputs.map(({ shape }) => shape.slice(2))).toEqual(file.config.sizes);
  });

  it('pos_embed_interpolated', async () => {
    const model = shared.fresh();
    for (const [i, [height, width]] of file.config.sizes.entries()) {
      const expected = vit.pos_embed_interpolated[i];
      const absolute = scaledTolerance('vit', noise[i], expected);
      await expectOutput(model.positionEmbedding(height, width), expected, absolute, `${height}×${width}`);
    }
    expect(vit.pos_embed_interpolated.length).toBe(file.config.sizes.length);
  });

  it('last_selfattention', async () => {
    const model = shared.fresh();
    expect(vit.last_selfattention.length).toBe(vit.inputs.length);
    for (const [i, input] of vit.inputs.entries()) {
      const expected = vit.last_selfattention[i];
      const images = caseImages(input);
      const attention = model.lastSelfAttention(images);
      const samples = tf.slice(attention, 0, expected.shape[0]);
      expect(samples.shape).toEqual(expected.shape);
      expect(attention.shape[0]).toBe(input.shape[0]);
      const values = await valuesOf(samples);
      if ('data' in expected) {
        expectTensor(values, expected, scaledTolerance('vit', noise[i], expected), `attention[${i}]`);
      } else {
        const absolute = checksumTolerance('vit', noise[i], expected, values);
        expectChecksum(values, expected, absolute, `attention[${i}]`);
      }
      images.dispose();
      attention.dispose();
    }
  });

  it('eval4_features and the output sizes', async () => {
    const model = shared.fresh();
    const sizes = [model.featureSize, model.probeFeatureSize];
    expect(sizes).toEqual(vit.output_shape_before_after_set_eval_state);
    expect(vit.eval4_features.length).toBe(vit.inputs.length);
    for (const [i, input] of vit.inputs.entries()) {
      const images = caseImages(input);
      const expected = vit.eval4_features[i];
      const absolute = scaledTolerance('vit', noise[i], expected);
      await expectOutput(model.probeFeatures(images), expected, absolute, `eval4_features[${i}]`);
      images.dispose();
    }
  });

  it('tokens, intermediate layers and block outputs of the first input', async () => {
    const model = shared.fresh();
    const images = caseImages(vit.inputs[0]);
    const count = vit.intermediate_layers_4_first_input.length;
    const blocks = model.blockOutputs(images);
    expect(blocks.length).toBe(vit.block_outputs_first_input.length);
    expect(blocks.length).toBe(file.config.depth);
    const all: [string, tf.Tensor, GoldenChecksum][] = [
      ['tokens', model.prepareTokens(images), vit.tokens_prepared_first_input],
      ...model
        .intermediateLayers(images, count)
        .map((layer, i): [string, tf.Tensor, GoldenChecksum] => [
          `intermediate[${i}]`,
          layer,
          vit.intermediate_layers_4_first_input[i],
        ]),
      ...blocks.map((block, i): [string, tf.Tensor, GoldenChecksum] => [
        `block[${i}]`,
        block,
        vit.block_outputs_first_input[i],
      ]),
    ];
    for (const [label, actual, expected] of all) {
      expect(actual.shape, label).toEqual(expected.shape);
      const values = await valuesOf(actual);
      expectChecksum(values, expected, checksumTolerance('vit', noise[0], expected, values), label);
    }
    images.dispose();
  });

  it('drop_path', async () => {
    const { p, u, x, y } = vit.drop_path;
    const branch = tf.tensor(x.data, x.shape, 'float32');
    const dropped = dropPath(branch, p, Float32Array.from(u));
    branch.dispose();
    await expectOutput(dropped, y, tolerance('vit', 0), 'drop_path.y');
  });

  it('drop_path_rates', () => {
    const { depth, rate, student, teacher } = vit.drop_path_rates;
    expectTensor(dropPathRates(depth, rate), { data: student }, 1e-8, 'student');
    expect(dropPathRates(depth, 0)).toEqual(teacher);
  });

  it('parameter_groups_with_head', () => {
    const backbone = create();
    const head = createHead({
      inputSize: backbone.featureSize,
      clusters: 5,
      hiddenSize: 8,
      bottleneck: 4,
      norm: false,
      activation: 'gelu',
    });
    const groups: Record<string, string[]> = {};
    for (const [prefix, module] of [
      ['backbone.', backbone],
      ['classifier.', head],
    ] as const) {
      for (const [name, variable] of trainableParameters(module)) {
        const group = parameterGroup(prefix + name, variable.shape);
        groups[group] ??= [];
        groups[group].push(prefix + name);
      }
    }
    expect(groups).toEqual(vit.parameter_groups_with_head);
    backbone.dispose();
    head.dispose();
  });
});
