import { describe, expect, it } from 'vitest';
import { type HealthVerdict, healthOf } from './cluster-health.ts';
import { createBalancer } from './index.ts';

function health(counts: number[], rawCounts = counts, changed = 0) {
  const rows = counts.reduce((a, b) => a + b, 0);
  return healthOf({
    rows,
    changed,
    counts: Float32Array.from(counts),
    rawCounts: Float32Array.from(rawCounts),
  });
}

describe('cluster health', () => {
  it('counts effective, empty and largest clusters', () => {
    const result = health([2, 1, 1, 0], [4, 0, 0, 0], 1);
    expect(result.effectiveClusters).toBeCloseTo(Math.exp(0.5 * Math.log(2) + 0.5 * Math.log(4)), 12);
    expect(result.effectiveClustersRaw).toBe(1);
    expect(result).toMatchObject({ empty: 1, largest: 0.5, changed: 0.25, windowAssignments: 4 });
  });

  it('is K where all clusters are used alike', () => {
    expect(health(new Array<number>(10).fill(7)).effectiveClusters).toBeCloseTo(10, 12);
  });

  it.each<[HealthVerdict, number[], number[]]>([
    ['too-early', [0, 0], [0, 0]],
    ['too-early', [7, 0], [7, 0]],
    ['healthy', [4, 4], [4, 4]],
    ['collapsed', [4, 4], [8, 0]],
    ['collapsed', [8, 0], [4, 4]],
    ['healthy', [4], [4]],
    ['collapsing', [15, 15, 0, 0, 0], [15, 15, 0, 0, 0]],
    ['healthy', [9, 9, 9, 9, 0], [9, 9, 9, 9, 0]],
    ['collapsing', [9, 9, 9, 9, 9], [40, 2, 1, 1, 1]],
  ])('is %s at %j, raw %j', (verdict, counts, raw) => {
    expect(health(counts, raw).verdict).toBe(verdict);
  });

  it('has nothing to say of an empty window', () => {
    const nothing = { effectiveClusters: 0, effectiveClustersRaw: 0, largest: 0, changed: 0, empty: 3 };
    expect(health([0, 0, 0])).toMatchObject({ ...nothing, windowAssignments: 0, verdict: 'too-early' });
  });

  it('goes by the rows since the last reset', async () => {
    const balancer = createBalancer({ clusters: 2 });
    const z = { data: Float32Array.of(0.5, 0, 0, 0.5, 0.5, 0), shape: [3, 2] };
    balancer.assign(z);
    balancer.assign(z);
    expect(await balancer.health({ reset: true })).toMatchObject({ windowAssignments: 6, largest: 4 / 6 });
    expect((await balancer.health()).windowAssignments).toBe(0);
    balancer.assign(z);
    expect((await balancer.health()).windowAssignments).toBe(3);
    expect((await balancer.health()).windowAssignments).toBe(3);
  });
});
