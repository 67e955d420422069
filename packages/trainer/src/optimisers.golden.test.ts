import type { ParameterGroup } from '@excb/backbones';
import { expectTensor, type Golden, type GoldenTensor, golden, tolerance } from '@excb/golden';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { goldenOptimiser, goldenSchedule } from '../test/golden-config.ts';
import { clipGradients } from './clip-gradients.ts';
import { createOptimiser } from './optimisers.ts';
import { groupSettings, stepSettings } from './schedules.ts';

const file = golden('optimizers');
const tol = tolerance('optimizers', file.tol.abs);
const GROUPS = ['backbone', 'backbone_noreg', 'projector', 'projector_noreg', 'centroids'];
const tensor = ({ data, shape }: GoldenTensor) => tf.tensor(data, shape);

beforeAll(() => tf.setBackend('cpu'));

describe.each(file.cases as Golden[])('optimiser: $name', (c) => {
  it('reproduces every step', async () => {
    const parameters = new Map<string, tf.Variable>();
    for (const [name, value] of Object.entries<GoldenTensor>(c.params_before)) {
      parameters.set(name, tf.variable(tensor(value)));
    }
    const schedule = goldenSchedule(
      { ema_momentum: 1, ema_end_value: 1, ...c.args, optimizer: c.optimizer },
      c.warmup_steps,
      c.total_steps,
    );
    const optimiser = createOptimiser(goldenOptimiser({ ...c.args, optimizer: c.optimizer }), parameters);
    expect(c.steps.length).toBeGreaterThan(0);
    for (const [index, step] of c.steps.entries()) {
      const settings = stepSettings(schedule, index);
      const of = (group: string) => groupSettings(group as ParameterGroup, settings);
      expect(step.lr).toHaveLength(GROUPS.length);
      GROUPS.forEach((group, i) => {
        expect(of(group).learningRate).toBeCloseTo(step.lr[i], 9);
        expect(of(group).weightDecay).toBeCloseTo(step.wd[i], 9);
      });
      const gradients = new Map(
        Object.entries<GoldenTensor>(step.grads).map(([name, value]) => [name, tensor(value)]),
      );
      optimiser.step(gradients, (name) => of(name.split('.')[0]));
      expect(Object.keys(step.params_after)).toEqual([...parameters.keys()]);
      for (const [name, expected] of Object.entries<GoldenTensor>(step.params_after)) {
        expectTensor(await parameters.get(name)!.data(), expected, tol, `step ${index} ${name}`);
      }
    }
  });
});

describe.each(file.clip_cases as Golden[])('clipping to $clip', (c) => {
  it('scales each gradient by its own norm', async () => {
    const given = Object.entries<GoldenTensor | null>(c.grads).filter(([, value]) => value !== null);
    const gradients = new Map(given.map(([name, value]) => [name, tensor(value!)]));
    const { clipped, norms } = clipGradients(gradients, c.clip);
    const lengths = await Promise.all([...norms.values()].map(async (norm) => (await norm.data())[0]));
    expectTensor(lengths, { data: c.norms }, tol, 'norms');
    for (const [name, expected] of Object.entries<GoldenTensor | null>(c.clipped)) {
      if (expected === null) expect(clipped.has(name)).toBe(false);
      else expectTensor(await clipped.get(name)!.data(), expected, tol, name);
    }
  });
});
