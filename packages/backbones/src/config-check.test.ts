import { describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.ts';
import { type BackboneConfig, backboneLayout } from './create-backbone.ts';
import { resolveHeadConfig } from './head-layout.ts';
import { backboneConfig } from './named-configs.ts';
import type { ResNetConfig } from './resnet-layout.ts';

describe('configurations', () => {
  it.each([
    [{ type: 'resnet', widht: 8 }, "no setting 'widht': did you mean 'width'"],
    [{ type: 'resnet', blocks: [] }, 'blocks is [], but must be a list'],
    [{ type: 'resnet', width: 2.5 }, 'width is 2.5, but must be an integer of at least 1'],
    [{ type: 'resnet', block: 'fat' }, "must be one of 'basic', 'bottleneck'"],
    [{ type: 'resnet', stem: { kernal: 3 } }, "no setting 'kernal': did you mean 'kernel'"],
    [{ type: 'resnet', stem: 3 }, 'stem is 3, but must be an object'],
    [{ type: 'resnet', constructor: 3 }, "no setting 'constructor'"],
    [{ type: 'vit', heads: 5 }, 'embedDim 384 is not a multiple of heads 5'],
    [{ type: 'vit', imageSize: 8 }, 'imageSize 8 is below patchSize 16'],
    [{ type: 'vit', dropPath: 1 }, 'dropPath is 1, but must be a number from 0 to below 1'],
    [{ type: 'linear', poolGrid: 4 }, 'outputSize is missing'],
    [{ type: 'resnets' }, "did you mean 'resnet'"],
  ])('refuses %j', (config, part) => {
    const make = () => backboneLayout(config as unknown as BackboneConfig);
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(part);
  });

  it('refuses a head without input size or with a wrong setting', () => {
    expect(() => resolveHeadConfig({} as never)).toThrow('inputSize is missing');
    expect(() => resolveHeadConfig({ inputSize: 4, cluster: 3 } as never)).toThrow("did you mean 'clusters'");
    expect(() => resolveHeadConfig({ inputSize: 4, norm: 'bn' as never })).toThrow('must be true or false');
  });

  it('names the nearest backbone', () => {
    expect(() => backboneConfig('resnet5')).toThrow("did you mean 'resnet50'");
    expect(() => backboneConfig('vit_s16')).toThrow("did you mean 'vit-s16'");
    expect(() => backboneConfig('toString')).toThrow(ConfigError);
  });

  it('hands out a copy', () => {
    const config = backboneConfig('resnet18') as ResNetConfig & { blocks: number[] };
    config.blocks[0] = 99;
    expect(backboneConfig('resnet18')).toMatchObject({ name: 'resnet18', blocks: [2, 2, 2, 2] });
  });

  it('makes every stage of resnet50w2 twice as wide', () => {
    const narrow = backboneLayout(backboneConfig('resnet50'));
    const wide = new Map(
      backboneLayout(backboneConfig('resnet50w2')).map((entry) => [entry.name, entry.shape]),
    );
    expect(wide.size).toBe(narrow.length);
    for (const { name, shape } of narrow) {
      const doubled = shape.map((size, axis) =>
        axis < 2 && !(name === 'conv1.weight' && axis === 1) ? 2 * size : size,
      );
      expect(wide.get(name), name).toEqual(doubled);
    }
    expect(wide.get('layer4.2.conv3.weight')).toEqual([4096, 1024, 1, 1]);
    expect(wide.get('layer1.0.conv2.weight')).toEqual([128, 128, 3, 3]);
  });
});
