import { createBalancer } from '@excb/balancer';
import { expectTensor, type Golden, type GoldenTensor, golden, tolerance } from '@excb/golden';
import { startEngine } from '@excb/ops';
import { tfjsBackend } from '@excb/tensor/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { clusterLoss } from './loss.ts';
import { matchedPairs, matchTable } from './match-table.ts';
import { stepFigures } from './step-figures.ts';

const file = golden('loss');
const lossTolerance = tolerance('loss', file.tol.loss_abs);
const gradientTolerance = tolerance('loss', file.tol.grad_abs);
const matrix = ({ data, shape }: GoldenTensor) => tf.tensor2d(data, shape as [number, number]);

it.each(file.match_tables as Golden[])(
  'match table with $local_views local views, predictor $predictor',
  ({ local_views, predictor, match }: Golden) => {
    const table = matchTable({ globals: match.teacher_views, locals: local_views, predictor });
    expect(table).toEqual({
      studentViews: match.student_views,
      teacherViews: match.teacher_views,
      matches: match.matches,
    });
  },
);

it('rows are view-major', () => {
  const { B, global_views, local_views, teacher_rows, student_global_rows, student_local_rows } =
    file.row_order;
  const rows = (views: number) =>
    Array.from({ length: views * B }, (_, row) => [Math.floor(row / B), row % B]);
  expect(teacher_rows).toEqual(rows(global_views));
  expect(student_global_rows).toEqual(rows(global_views));
  expect(student_local_rows).toEqual(rows(local_views));
});

describe.each(['cpu', 'wasm'])('loss on %s', (engine) => {
  beforeAll(async () => {
    await startEngine(engine);
  });

  it.each(file.cases as Golden[])('$name', async (c) => {
    const table = matchTable({ globals: c.global_views, locals: c.local_views, predictor: c.predictor });
    expect(table).toEqual({
      studentViews: c.match.student_views,
      teacherViews: c.match.teacher_views,
      matches: c.match.matches,
    });
    const pairs = matchedPairs(table);
    expect(pairs).toHaveLength(c.loss_terms);
    expect([...new Set(pairs.map(([, student]) => student))].sort((a, b) => a - b)).toEqual(
      c.student_views_with_gradient,
    );

    const balancer = createBalancer<tf.Tensor>({
      clusters: c.K,
      momentum: c.momentum,
      teacherTemperature: c.teacher_temp,
      backend: tfjsBackend(tf),
    });
    const start = await balancer.state();
    const sizes = Float32Array.from(c.center_before.data as number[]);
    await balancer.restore({ ...start, arrays: { ...start.arrays, sizes } });
    const { lowerMin, higherMin } = await balancer.extremes();
    const student = matrix(c.student);
    const teacher = matrix(c.teacher);
    expect(student.shape[0]).toBe(c.B * table.studentViews);
    const before = tf.memory().numTensors;

    const assignment = balancer.assign(teacher, { views: table.teacherViews });
    const { value, grad } = tf.valueAndGrad((rows) =>
      clusterLoss(rows as tf.Tensor2D, assignment.targets as tf.Tensor2D, table, c.student_temp),
    )(student);
    const loss = (await value.data())[0];
    expectTensor([loss], { data: [c.loss] }, lossTolerance, 'loss');
    expectTensor([loss], { data: [c.loss_float64] }, lossTolerance, 'loss in double precision');
    expect(c.grad_max_abs_diff_vs_float64).toBeLessThanOrEqual(gradientTolerance);
    expectTensor(await grad.data(), c.grad_student, gradientTolerance, 'gradient');

    const figures = await stepFigures(student, assignment, table, c.student_temp, c.args_batch_size);
    const measured: Record<string, number> = {
      acc: figures.accuracy,
      changed_labels: figures.changedLabels,
      confidence_tr: figures.teacherConfidence,
      confidence_st: figures.studentConfidence,
      unique_labels_tr: figures.teacherLabels,
      unique_labels_st: figures.studentLabels,
      label_aggreement: figures.labelAgreement,
      teacher_temp: c.teacher_temp,
      center_ema: balancer.momentum!,
      llb_min: lowerMin,
      lhb_min: higherMin,
    };
    expect(Object.keys(measured).sort()).toEqual(Object.keys(c.metrics).sort());
    for (const [name, expected] of Object.entries<number>(c.metrics)) {
      expectTensor([measured[name]], { data: [expected] }, lossTolerance, name);
    }

    await balancer.update(assignment.assignments);
    expectTensor(await balancer.sizes(), c.center_after, lossTolerance, 'sizes after');
    const { arrays } = await balancer.state();
    expectTensor(arrays.counts, c.cluster_count_after, 0, 'rows per cluster');
    tf.dispose([value, grad, assignment.targets, assignment.assignments, assignment.rawAssignments]);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([student, teacher]);
    balancer.dispose();
  });
});
