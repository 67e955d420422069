import { hashSigned, hashUniform } from '@excb/golden';
import { expect, it } from 'vitest';
import { createBalancer, createUnbalanced } from './index.ts';

const CLUSTERS = 16;
const ROWS = 32;

/** Similarities of which most rows are nearest to cluster 3, as from a network that is about to collapse. */
function biased(step: number) {
  const data = Float32Array.from({ length: ROWS * CLUSTERS }, (_, i) => {
    const noise = 0.3 * hashSigned(step, i);
    return noise + (i % CLUSTERS === 3 ? 0.5 : 0);
  });
  return { data, shape: [ROWS, CLUSTERS] };
}

it('spreads rows that all prefer one cluster, at a batch of 32', async () => {
  const options = { clusters: CLUSTERS, momentum: 'auto' as const, random: () => 0.5 };
  const balanced = createBalancer(options);
  const none = createUnbalanced(options);
  for (let step = 0; step < 300; step++) {
    if (step === 100) await Promise.all([balanced.health({ reset: true }), none.health({ reset: true })]);
    await balanced.step(biased(step));
    await none.step(biased(step));
  }
  const spread = await balanced.health();
  const collapsed = await none.health();
  expect(spread.windowAssignments).toBe(200 * ROWS);
  expect(spread.effectiveClusters).toBeGreaterThan(0.95 * CLUSTERS);
  expect(spread.empty).toBe(0);
  expect(spread.changed).toBeGreaterThan(0.5);
  expect(collapsed.effectiveClusters).toBeLessThan(0.25 * CLUSTERS);
  expect(collapsed.changed).toBe(0);
  expect(collapsed.verdict).toBe('collapsed');
  // The labels look fine; the similarities they came from do not.
  expect(spread.effectiveClustersRaw).toBe(collapsed.effectiveClusters);
  expect(spread.verdict).toBe('collapsed');
});

it('refills empty clusters once rows come near them', async () => {
  const balancer = createBalancer({ clusters: 4, momentum: 0.9, random: () => hashUniform(1, 2) });
  const sizes = Float32Array.of(1, 0, 0, 0);
  await balancer.restore({ assigner: 'excb', clusters: 4, values: {}, arrays: { sizes } });
  const row = (k: number) => [0, 1, 2, 3].map((j) => (j === k ? 0.9 : 0.1));
  const z = { data: Float32Array.from([0, 1, 2, 3].flatMap(row)), shape: [4, 4] };
  for (let step = 0; step < 60; step++) await balancer.step(z);
  for (const size of await balancer.sizes()) expect(size).toBeCloseTo(0.25, 1);
});
