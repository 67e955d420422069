import { cropMinScale } from '@excb/augment';
import type { ParameterGroup } from '@excb/backbones';
import { type Golden, golden } from '@excb/golden';
import { describe, expect, it } from 'vitest';
import { goldenSchedule } from '../test/golden-config.ts';
import { groupSettings, stepSettings } from './schedules.ts';

const file = golden('schedules');

describe.each(file.cases as Golden[])('schedules: $name', (c) => {
  const schedule = goldenSchedule(c.args, c.warmup_steps, c.total_steps);
  const close = (actual: number, expected: number, label: string) => {
    const excess = Math.abs(actual - expected) - file.tol.rel * Math.abs(expected);
    expect(excess, `${label}: ${actual}, expected ${expected}`).toBeLessThanOrEqual(1e-15);
  };

  it('has the steps it says', () => {
    expect(c.table.step).toHaveLength(c.total_steps);
    expect(c.epochs * c.steps_per_epoch).toBe(c.total_steps);
    for (const column of ['lr', 'wd', 'returned_lr', 'returned_wd', 'ema_momentum']) {
      expect(c.table[column]).toHaveLength(c.total_steps);
    }
  });

  it.each(c.table.step as number[])('step %i', (step) => {
    const settings = stepSettings(schedule, step);
    const { lr, wd, returned_lr, returned_wd, ema_momentum } = c.table;
    close(settings.learningRate, returned_lr[step], 'learning rate');
    close(settings.weightDecay, returned_wd[step], 'weight decay');
    close(settings.teacherMomentum, ema_momentum[step], 'teacher momentum');
    c.groups.forEach((group: string, i: number) => {
      close(settings.learningRate, lr[step][i], `learning rate of ${group}`);
      const { weightDecay } = groupSettings(group as ParameterGroup, settings);
      close(weightDecay, wd[step][i], `weight decay of ${group}`);
    });
  });

  it('crop minimum by epoch', () => {
    expect(c.crop_min_scale_by_epoch).toHaveLength(c.epochs);
    c.crop_min_scale_by_epoch.forEach((expected: number, epoch: number) => {
      const { crop_min_scale, crop_min_scale_final } = c.args;
      close(cropMinScale(epoch, c.epochs, crop_min_scale, crop_min_scale_final), expected, `epoch ${epoch}`);
    });
  });
});
