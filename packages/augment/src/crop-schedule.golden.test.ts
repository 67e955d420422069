import { expectTensor, golden, tolerance } from '@excb/golden';
import { expect, it } from 'vitest';
import { cropMinScale } from './index.ts';

interface ScheduleCase {
  name: string;
  epochs: number;
  args: { crop_min_scale: number; crop_min_scale_final: number };
  crop_min_scale_by_epoch: number[];
}

const file = golden<{ tol: { rel: number }; cases: ScheduleCase[] }>('schedules');

it.each(file.cases.map((entry) => [entry.name, entry] as const))('crop minimum of %s', (_name, entry) => {
  const { crop_min_scale: from, crop_min_scale_final: to } = entry.args;
  expect(entry.crop_min_scale_by_epoch).toHaveLength(entry.epochs);
  const ours = entry.crop_min_scale_by_epoch.map((_, epoch) => cropMinScale(epoch, entry.epochs, from, to));
  const relative = tolerance('schedules', file.tol.rel, 0);
  expectTensor(ours, { data: entry.crop_min_scale_by_epoch }, 0, 'crop_min_scale_by_epoch', relative);
});
