import { expectTensor, type GoldenTensor, golden, tolerance } from '@excb/golden';
import { describe, expect, it } from 'vitest';
import { describeMatrix, type MatrixEntry } from '../test/backend-matrix.ts';
import { type Balancer, balanceSimilarities, clusterWeights, createBalancer, updatedSizes } from './index.ts';

interface Step {
  center_before: GoldenTensor;
  sims: GoldenTensor;
  lower_w: GoldenTensor;
  higher_w: GoldenTensor;
  labels_before: GoldenTensor;
  labels_boosted: GoldenTensor;
  balanced: GoldenTensor;
  labels_after: GoldenTensor;
  changed_labels: number;
  llb_min: number;
  lhb_min: number;
  probs: GoldenTensor;
  labels_assigned: GoldenTensor;
  labels_same_in_float64: boolean;
  hard_count: GoldenTensor;
  center_after: GoldenTensor;
  cluster_count_after: GoldenTensor;
  jitter?: { lower_w_if_rand_were_1: GoldenTensor; balanced_if_rand_were_1: GoldenTensor };
}

interface Case {
  name: string;
  K: number;
  V: number;
  B: number;
  momentum: number;
  teacher_temp: number;
  steps: Step[];
}

interface Update {
  V: number;
  B: number;
  K: number;
  counts: number[];
  momentum: number;
  center_before: GoldenTensor;
  center_after: GoldenTensor;
  increment_exact: number[];
}

interface File {
  tol: { abs: number; center_abs: number };
  cases: Case[];
  update_only: Update[];
}

const names = ['balancer', 'balancer_steps'] as const;
const files = names.map((name) => ({ name, ...golden<File>(name) }));

async function weightsAndBalanced(entry: MatrixEntry, { K, V, B }: Case, step: Step, draw: number) {
  const { backend, tensor, read } = entry;
  const { lower, higher } = clusterWeights(
    backend,
    tensor(step.center_before.data, [K]),
    tensor(new Float32Array(K).fill(draw), [K]),
  );
  const z = tensor(step.sims.data, [V * B, K]);
  const { balanced, boostedLabels } = balanceSimilarities(backend, z, { lower, higher });
  return {
    boosted: await read(boostedLabels),
    labels: await read(backend.argMax(balanced)),
    balanced: await read(balanced),
    lower: await read(lower),
    higher: await read(higher),
  };
}

function expectShapes({ K, V, B }: Case, step: Step): void {
  const sizes = ['center_before', 'lower_w', 'higher_w', 'center_after'] as const;
  const labels = ['labels_before', 'labels_boosted', 'labels_after', 'labels_assigned'] as const;
  for (const key of sizes) expect(step[key].shape, key).toEqual([1, K]);
  for (const key of labels) expect(step[key].shape, key).toEqual([V, B]);
  for (const key of ['sims', 'balanced', 'probs'] as const) expect(step[key].shape, key).toEqual([V, B, K]);
  for (const key of ['hard_count', 'cluster_count_after'] as const) expect(step[key].shape, key).toEqual([K]);
  if (step.jitter) {
    expect(step.jitter.lower_w_if_rand_were_1.shape).toEqual([1, K]);
    expect(step.jitter.balanced_if_rand_were_1.shape).toEqual([V, B, K]);
  }
  // Only then can labels be compared exactly.
  expect(step.labels_same_in_float64).toBe(true);
}

async function checkSteps(
  entry: MatrixEntry,
  one: Case,
  step: Step,
  balancer: Balancer<unknown>,
  tol: number,
) {
  const { backend, tensor, read } = entry;
  const parts = await weightsAndBalanced(entry, one, step, 0);
  expectTensor(parts.lower, step.lower_w, tol, 'lower_w');
  expectTensor(parts.higher, step.higher_w, tol, 'higher_w');
  expect(parts.boosted).toEqual(step.labels_boosted.data);
  expectTensor(parts.balanced, step.balanced, tol, 'balanced');
  expect(parts.labels).toEqual(step.labels_after.data);

  const extremes = await balancer.extremes();
  expectTensor([extremes.lowerMin], { data: [step.llb_min] }, tol, 'llb_min');
  expectTensor([extremes.higherMin], { data: [step.lhb_min] }, tol, 'lhb_min');

  const before = await balancer.health();
  const result = balancer.assign(tensor(step.sims.data, [one.V * one.B, one.K]));
  await balancer.update(result.assignments);
  const after = await balancer.health();
  const rows = after.windowAssignments - before.windowAssignments;
  const changed = after.changed * after.windowAssignments - before.changed * before.windowAssignments;
  expect(rows).toBe(one.V * one.B);
  expectTensor([changed / rows], { data: [step.changed_labels] }, tol, 'changed_labels');
  expect(await read(result.rawAssignments)).toEqual(step.labels_before.data);
  expectTensor(await read(result.targets), step.probs, tol, 'probs');
  expect(await read(backend.countLabels(result.assignments, one.K))).toEqual(step.hard_count.data);
  expect(await read(result.assignments)).toEqual(step.labels_assigned.data);
}

describeMatrix('golden balancer', (entry) => {
  describe.each(files)('$name', ({ name, tol, cases }) => {
    const abs = tolerance(name, tol.abs);
    const centre = tolerance(name, tol.center_abs, 0);

    it.each(cases)('$name', async (one) => {
      expect(one.steps.length).toBeGreaterThan(0);
      const balancer = createBalancer({
        clusters: one.K,
        momentum: one.momentum,
        teacherTemperature: one.teacher_temp,
        backend: entry.backend,
        random: () => 0,
      });
      const first = Float32Array.from(one.steps[0].center_before.data);
      await balancer.restore({ assigner: 'excb', clusters: one.K, values: {}, arrays: { sizes: first } });
      for (const step of one.steps) {
        expectShapes(one, step);
        expectTensor(await balancer.sizes(), step.center_before, centre, 'center_before');
        await checkSteps(entry, one, step, balancer, abs);
        expectTensor(await balancer.sizes(), step.center_after, centre, 'center_after');
        const { arrays } = await balancer.state();
        expect(Array.from(arrays.counts)).toEqual(step.cluster_count_after.data);
      }
      balancer.dispose();
    });

    it.each(cases.filter((one) => one.steps.some((step) => step.jitter)))(
      '$name with the largest jitter',
      async (one) => {
        for (const step of one.steps) {
          if (!step.jitter) continue;
          const { lower, balanced } = await weightsAndBalanced(entry, one, step, 1);
          expectTensor(lower, step.jitter.lower_w_if_rand_were_1, abs, 'lower_w_if_rand_were_1');
          expectTensor(balanced, step.jitter.balanced_if_rand_were_1, abs, 'balanced_if_rand_were_1');
        }
      },
    );
  });

  const [{ name, tol, update_only }] = files;
  it.each(update_only)('$name update only, $counts', async (one) => {
    const { backend, tensor, labels, read } = entry;
    const rows = one.V * one.B;
    expect(one.counts.length).toBe(one.K);
    for (const key of ['center_before', 'center_after'] as const)
      expect(one[key].shape, key).toEqual([1, one.K]);
    expect(one.counts.reduce((a, b) => a + b)).toBe(rows);
    const balancer = createBalancer({ clusters: one.K, momentum: one.momentum, backend });
    const centre = tolerance(name, tol.center_abs, 0);
    expectTensor(await balancer.sizes(), one.center_before, centre, 'center_before');
    await balancer.update(labels(one.counts.flatMap((count, k) => new Array<number>(count).fill(k))));
    expectTensor(await balancer.sizes(), one.center_after, centre, 'center_after');
    balancer.dispose();

    const zero = tensor(new Float32Array(one.K), [one.K]);
    const step = updatedSizes(backend, zero, tensor(one.counts, [one.K]), rows, one.momentum);
    const relative = tolerance(name, tol.abs, 0);
    expectTensor(await read(step), { data: one.increment_exact }, 0, 'increment_exact', relative);
  });
});
