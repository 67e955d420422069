import { describe, expect, it } from 'vitest';
import { autoMomentum, createBalancer, effectiveSamples } from './index.ts';

describe('momentum', () => {
  it('sees a cluster about 31 times inside the window at the setting of the paper', () => {
    expect(effectiveSamples(2048, 65_536, 0.999)).toBeCloseTo(31.25, 6);
    expect(effectiveSamples(2048, 65_536, autoMomentum(2048, 65_536))).toBeCloseTo(31, 6);
  });

  it.each([
    [64, 64, 1 - 1 / 31],
    [1, 65_536, 0.999],
    [4096, 16, 0.9],
  ])('is, at %i rows and %i clusters, %f', (rows, clusters, momentum) => {
    expect(autoMomentum(rows, clusters)).toBeCloseTo(momentum, 12);
  });

  it('is fixed at the first update and then stays', async () => {
    const balancer = createBalancer({ clusters: 4, momentum: 'auto' });
    const labels = (rows: number) => ({ data: new Int32Array(rows), shape: [rows] });
    expect(balancer.momentum).toBeUndefined();
    expect(balancer.effectiveSamples).toBeUndefined();
    await balancer.update(labels(8));
    expect(balancer.momentum).toBe(1 - 8 / (31 * 4));
    expect(balancer.effectiveSamples).toBeCloseTo(31, 9);
    await balancer.update(labels(2));
    expect(balancer.momentum).toBe(1 - 8 / (31 * 4));
    expect(balancer.effectiveSamples).toBeCloseTo(31 / 4, 9);
  });

  it('is what was asked for otherwise', () => {
    expect(createBalancer({ clusters: 4, momentum: 0.95 }).momentum).toBe(0.95);
    expect(createBalancer({ clusters: 4 }).momentum).toBe(0.999);
  });
});
