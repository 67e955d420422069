import { golden } from '@excb/golden';
import { describe, expect, it } from 'vitest';
import { backboneLayout } from './create-backbone.ts';
import { headLayout, resolveHeadConfig } from './head-layout.ts';
import { type LayoutEntry, sizeOf } from './layout.ts';
import { backboneConfig } from './named-configs.ts';
import { parameterGroup } from './parameter-group.ts';
import { residualBlocks, resolveResNetConfig } from './resnet-layout.ts';
import { resolveVitConfig } from './vit-layout.ts';

interface BackboneCounts {
  parameters: number;
  buffer_values: number;
  state_entries: number;
  output_dim: number;
  feature_dim_in_linear_eval: number;
  entries?: [string, number[]][];
}

interface ModelCounts {
  num_clusters: number;
  total: number;
  trainable: number;
  head_entries: [string, number[]][];
  groups: Record<string, { tensors: number; values: number }>;
  zero_initialised_gains: number;
}

const file = golden<{
  backbones: Record<string, BackboneCounts>;
  full_models: Record<string, ModelCounts>;
}>('param_counts');

/** Our names of the file's backbones; what it calls `resnet50w2` is a resnet34, as it says itself. */
const NAMES: Record<string, string> = {
  resnet18: 'resnet18',
  resnet34: 'resnet34',
  resnet50: 'resnet50',
  resnet50w2: 'resnet34',
  vit_tiny: 'vit-ti16',
  vit_small: 'vit-s16',
  vit_base: 'vit-b16',
};

const isParameter = (entry: LayoutEntry) => entry.role === 'parameter' || entry.role === 'frozen';

const values = (entries: LayoutEntry[]) => entries.reduce((sum, entry) => sum + sizeOf(entry.shape), 0);

const pairs = (entries: LayoutEntry[]) => entries.map(({ name, shape }) => [name, shape]);

/** Columns of `forward` and of `probeFeatures`, without taking memory for weights. */
function featureSizes(name: string): [number, number] {
  const config = backboneConfig(name);
  if (config.type === 'vit') {
    const { embedDim } = resolveVitConfig(config);
    return [embedDim, 4 * embedDim];
  }
  if (config.type !== 'resnet') throw new Error(`${name} is neither ResNet nor ViT`);
  const size = residualBlocks(resolveResNetConfig(config)).at(-1)!.output;
  return [size, size];
}

describe('param_counts', () => {
  it('holds the backbones known here', () => {
    expect(Object.keys(file.backbones).sort()).toEqual(Object.keys(NAMES).sort());
    expect(Object.keys(file.full_models).sort()).toEqual(['resnet50_main_config', 'vit_small_preset']);
  });

  it.each(Object.keys(NAMES))('%s: parameters, buffers, entries and output sizes', (name) => {
    const expected = file.backbones[name];
    const layout = backboneLayout(backboneConfig(NAMES[name]));
    expect(values(layout.filter(isParameter))).toBe(expected.parameters);
    expect(values(layout.filter((entry) => !isParameter(entry)))).toBe(expected.buffer_values);
    expect(layout.length).toBe(expected.state_entries);
    expect(featureSizes(NAMES[name])).toEqual([expected.output_dim, expected.feature_dim_in_linear_eval]);
    if (expected.entries) expect(pairs(layout)).toEqual(expected.entries);
  });

  it.each([
    ['resnet50_main_config', 'resnet50', { norm: true, activation: 'relu' }],
    ['vit_small_preset', 'vit-s16', { norm: false, activation: 'gelu' }],
  ] as const)('%s: head, totals, optimiser groups and gains that start at 0', (model, name, settings) => {
    const expected = file.full_models[model];
    const backbone = backboneLayout(backboneConfig(name));
    const head = headLayout(
      resolveHeadConfig({ inputSize: featureSizes(name)[0], clusters: expected.num_clusters, ...settings }),
    );
    expect(pairs(head)).toEqual(expected.head_entries);
    const whole = [
      ...backbone.map((entry) => ({ ...entry, name: `backbone.${entry.name}` })),
      ...head.map((entry) => ({ ...entry, name: `classifier.${entry.name}` })),
    ];
    const trainable = whole.filter((entry) => entry.role === 'parameter');
    expect(values(whole.filter(isParameter))).toBe(expected.total);
    expect(values(trainable)).toBe(expected.trainable);
    const groups: ModelCounts['groups'] = {};
    for (const entry of trainable) {
      const group = parameterGroup(entry.name, entry.shape);
      groups[group] ??= { tensors: 0, values: 0 };
      groups[group].tensors++;
      groups[group].values += sizeOf(entry.shape);
    }
    expect(groups).toEqual(expected.groups);
    const zeros = backbone.filter(
      ({ name, initial }) => name.endsWith('.weight') && initial.kind === 'constant' && initial.value === 0,
    );
    expect(zeros.length).toBe(expected.zero_initialised_gains);
  });
});
