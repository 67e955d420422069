import { expectChecksum, type GoldenChecksum, golden } from '@excb/golden';
import { startEngine } from '@excb/ops';
import { beforeAll, describe, expect, it } from 'vitest';
import { backboneConfig, createResNet, type ResNetConfig, stateDict } from '../src/index.ts';
import {
  type BackboneCase,
  caseImages,
  checksumTolerance,
  type Nudge,
  shareBackbone,
  testBackboneCase,
  valuesOf,
} from './golden-backbone.ts';

interface ResNetCase extends BackboneCase {
  stages_first_input: Record<'eval' | 'train', Record<string, GoldenChecksum>> & {
    last_fmap_eval: GoldenChecksum;
  };
}

interface ResNetFile {
  zero_init_residual_default: boolean;
  blocks?: number[];
  case: ResNetCase;
}

const resnet18 = golden<ResNetFile>('resnet18');
const bottleneck = golden<ResNetFile>('resnet_bottleneck');

beforeAll(async () => {
  await startEngine('wasm');
});

/**
 * Inputs of a ReLU that lie nearer to 0 than float32 can tell (1e-8 to 9e-6, where rounding is 2e-7 to 8e-6), so
 * that the gradient's jump there is decided by rounding alone. The biases of their channels are moved by a few
 * roundings to the side on which they lie in float64 and in the file. The outputs must not notice. By the stream
 * that the weights are filled from: other weights have other such inputs, or none.
 */
const nudges: Record<number, Nudge[]> = {
  // resnet18
  1200000: [
    ['bn1.bias', 56, 1e-6],
    ['layer1.0.bn1.bias', 40, 4e-6],
    ['layer2.0.bn1.bias', 0, -6e-6],
    ['layer3.1.bn1.bias', 204, -1.2e-5],
    ['layer4.1.bn2.bias', 242, 3e-5],
  ],
  // resnet_bottleneck
  1300000: [
    ['layer1.0.bn1.bias', 20, -3e-6],
    ['layer1.0.bn3.bias', 156, 5e-6],
  ],
};

describe.each([
  ['resnet18', resnet18, backboneConfig('resnet18') as ResNetConfig],
  [
    'resnet_bottleneck',
    bottleneck,
    { type: 'resnet', block: 'bottleneck', blocks: bottleneck.blocks } as ResNetConfig,
  ],
] as const)('%s', (name, file, config) => {
  const shared = shareBackbone(file.case, () => createResNet(config));
  testBackboneCase(name, file.case, shared, nudges[file.case.state_dict_base_stream] ?? []);

  it.each(['eval', 'train'] as const)('stages_first_input.%s', async (mode) => {
    const model = shared.fresh();
    const images = caseImages(file.case.inputs[0]);
    const stages = model.stages(images, { training: mode === 'train' });
    const expected = file.case.stages_first_input[mode];
    expect(Object.keys(stages)).toEqual(Object.keys(expected));
    const noise = file.case.float32_noise[mode][0];
    for (const [stage, checksum] of Object.entries(expected)) {
      const [batch, channels, height, width] = checksum.shape;
      const shape = stage === 'avgpool' ? [batch, channels] : [batch, height, width, channels];
      expect(stages[stage].shape, stage).toEqual(shape);
      const values = await valuesOf(stages[stage], true);
      expectChecksum(values, checksum, checksumTolerance(name, noise, checksum, values), stage);
      if (mode === 'eval' && stage === 'layer4') {
        const last = file.case.stages_first_input.last_fmap_eval;
        expect(last.shape).toEqual(checksum.shape);
        expectChecksum(values, last, checksumTolerance(name, noise, last, values), 'last_fmap_eval');
      }
    }
    images.dispose();
  });

  it('zero_init_residual_default', async () => {
    expect(file.zero_init_residual_default).toBe(true);
    const model = createResNet(config);
    const state = await stateDict(model);
    const last = config.block === 'bottleneck' ? /\.bn3\.weight$/ : /\.bn2\.weight$/;
    const gains = [...state].filter(([entry]) => last.test(entry));
    expect(gains.length).toBe(model.config.blocks.reduce((a, b) => a + b));
    for (const [entry, { data }] of gains)
      expect(
        data.every((value) => value === 0),
        entry,
      ).toBe(true);
    model.dispose();
  });
});
