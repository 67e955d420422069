import { describe, expect, it } from 'vitest';
import { checkTrainConfig } from './config.ts';
import { ConfigError } from './errors.ts';
import { presetNames, trainConfig } from './presets.ts';

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('expected a ConfigError');
}

describe('presets', () => {
  it.each(presetNames)('%s is complete and survives JSON', (name) => {
    const config = trainConfig(name);
    expect(checkTrainConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
  });

  it('hold the figures of the paper', () => {
    const resnet = trainConfig('resnet50');
    expect(resnet).toMatchObject({
      epochs: 400,
      batch: 1024,
      learningRate: 0.6,
      weightDecay: 1e-4,
      clusters: 65_536,
    });
    const vit = trainConfig('vit-s16');
    expect(vit).toMatchObject({
      epochs: 800,
      batch: 1024,
      learningRate: 0.002,
      weightDecay: 0.04,
      weightDecayEnd: 0.4,
    });
  });

  it('scale the learning rate with the batch, unless it is given', () => {
    expect(trainConfig('resnet50', { batch: 256 }).learningRate).toBeCloseTo(0.15, 12);
    expect(trainConfig('resnet50', { batch: 256, learningRate: 0.3 }).learningRate).toBe(0.3);
  });

  it('warm up over a tenth of a small run', () => {
    expect(trainConfig('small', { epochs: 30 }).warmupEpochs).toBeCloseTo(3, 12);
  });

  it('keep the parts of a group that are not replaced', () => {
    const { head, views } = trainConfig('small', { head: { bottleneck: 16 }, views: { localCrops: 0 } });
    expect(head).toMatchObject({ bottleneck: 16, hiddenSize: 256 });
    expect(views).toMatchObject({ localCrops: 0, globalSize: 32 });
  });
});

describe('mistakes', () => {
  it('an unknown preset names the nearest', () => {
    expect(messageOf(() => trainConfig('resnet5'))).toMatch(/no preset 'resnet5': did you mean 'resnet50'/);
  });

  it('an unknown setting names the nearest', () => {
    expect(messageOf(() => trainConfig('small', { epoch: 3 } as never))).toContain(
      "'epoch': did you mean 'epochs'",
    );
    expect(messageOf(() => trainConfig('small', { head: { botleneck: 3 } as never }))).toContain(
      "'head.botleneck': did you mean 'bottleneck'",
    );
    expect(messageOf(() => trainConfig('small', { views: { globalCrop: 2 } }))).toMatch(
      /views: .*globalCrops/,
    );
  });

  it('a part that another package owns is checked before anything is built', () => {
    expect(messageOf(() => trainConfig('small', { backbone: 'resnet5' }))).toMatch(/backbone: .*resnet50/);
    const backbone = { type: 'resnet', widht: 8 };
    expect(messageOf(() => trainConfig('small', { backbone }))).toMatch(
      /backbone: .*'widht': did you mean 'width'/,
    );
    expect(messageOf(() => trainConfig('small', { minScale: [0.5, 0.1] }))).toMatch(/views: .*localMinScale/);
  });

  it('a setting that would go unused is refused', () => {
    expect(messageOf(() => trainConfig('small', { views: { minScale: 0.3 } }))).toMatch(
      /views\.minScale is not used: set minScale/,
    );
    expect(messageOf(() => trainConfig('small', { backbone: { type: 'resnet', seed: 3 } }))).toMatch(
      /backbone\.seed is not used/,
    );
    expect(messageOf(() => trainConfig('small', { clusters: 5000 }))).toMatch(
      /centroidStart\.samples is 4096, but 5000 clusters/,
    );
    const optimiser = { name: 'sgd', momentun: 0.9 } as never;
    expect(messageOf(() => trainConfig('small', { optimiser }))).toContain("did you mean 'momentum'");
  });

  it('an assigner of its own settings, or of none of that name', () => {
    expect(trainConfig('small', { assigner: 'sinkhorn' }).assigner).toEqual({
      name: 'sinkhorn',
      epsilon: 0.05,
      rounds: 3,
      queue: 0,
    });
    expect(trainConfig('small', { assigner: { name: 'mira', rounds: 5 } }).assigner).toMatchObject({
      temperature: 0.225,
      rounds: 5,
    });
    const misspelt = { name: 'sinkhorn', ques: 3 } as never;
    expect(messageOf(() => trainConfig('small', { assigner: misspelt }))).toContain("did you mean 'queue'");
    expect(messageOf(() => trainConfig('small', { assigner: 'sinkhron' as never }))).toContain(
      "there is no assigner 'sinkhron': did you mean 'sinkhorn'?",
    );
  });

  it('a wrong value says what it is', () => {
    expect(messageOf(() => trainConfig('small', { clusters: 0 }))).toMatch(/clusters is 0: /);
    expect(messageOf(() => trainConfig('small', { clusterMomentum: 1 }))).toMatch(/clusterMomentum is 1: /);
  });
});
