import { startEngine } from '@excb/ops';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  loadStateDict,
  readSafetensors,
  type StateDict,
  StateMismatchError,
  stateDict,
  writeSafetensors,
} from '../src/index.ts';
import { fill, smallBackbones, smallHead } from './small-models.ts';

beforeAll(async () => {
  await startEngine('cpu');
});

const create = () => smallBackbones['basic ResNet']();

describe('state dictionaries', () => {
  it('travel through a file, two modules in one, with PyTorch names and types', async () => {
    const [backbone, head] = [fill(create(), 10), fill(smallHead(8), 2000)];
    const whole: StateDict = new Map([
      ...(await stateDict(backbone, 'backbone.')),
      ...(await stateDict(head, 'classifier.')),
    ]);
    expect([...whole.keys()].slice(0, 3)).toEqual([
      'backbone.conv1.weight',
      'backbone.bn1.weight',
      'backbone.bn1.bias',
    ]);
    expect(whole.get('backbone.bn1.num_batches_tracked')).toEqual({
      dtype: 'int64',
      shape: [],
      data: Int32Array.of(0),
    });
    const { tensors } = readSafetensors(writeSafetensors(whole));
    expect(tensors).toEqual(whole);
    const [otherBackbone, otherHead] = [create(), smallHead(8, { seed: 9 })];
    loadStateDict(otherBackbone, tensors, { prefix: 'backbone.' });
    loadStateDict(otherHead, tensors, { prefix: 'classifier.' });
    expect(await stateDict(otherBackbone)).toEqual(await stateDict(backbone));
    expect(await stateDict(otherHead)).toEqual(await stateDict(head));
    for (const module of [backbone, head, otherBackbone, otherHead]) module.dispose();
  });

  it('name every entry that does not fit, and load nothing', async () => {
    const model = create();
    const before = await stateDict(model);
    const dict: StateDict = new Map(await stateDict(fill(create(), 10)));
    dict.delete('conv1.weight');
    dict.delete('bn1.running_mean');
    dict.set('fc.weight', { dtype: 'float32', shape: [2, 8], data: new Float32Array(16) });
    dict.set('layer1.0.bn1.bias', { dtype: 'float32', shape: [5], data: new Float32Array(5) });
    dict.set('layer1.0.bn1.weight', { dtype: 'float32', shape: [4], data: new Float32Array(3) });
    dict.set('bn1.num_batches_tracked', { dtype: 'float32', shape: [], data: Float32Array.of(0.5) });
    let caught: unknown;
    try {
      loadStateDict(model, dict);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(StateMismatchError);
    expect((caught as StateMismatchError).problems).toEqual([
      'missing conv1.weight of shape [4,3,3,3]',
      'missing bn1.running_mean of shape [4]',
      'bn1.num_batches_tracked has fractions, but integers are needed',
      'layer1.0.bn1.weight has 3 values, but its shape [4] holds 4',
      'layer1.0.bn1.bias has shape [5], but [4] is needed',
      'unexpected fc.weight of shape [2,8]',
    ]);
    expect(await stateDict(model)).toEqual(before);
    model.dispose();
  });

  it('are copies: a later change of the dictionary does not reach the module', async () => {
    const model = create();
    const dict = await stateDict(model);
    loadStateDict(model, dict);
    const first = dict.get('conv1.weight')!.data;
    const value = first[0];
    first[0] = 99;
    expect((await stateDict(model)).get('conv1.weight')!.data[0]).toBe(value);
    model.dispose();
  });
});
