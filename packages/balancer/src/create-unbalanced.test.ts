import { expectTensor, hashSigned, tolerance } from '@excb/golden';
import { expect, it } from 'vitest';
import { describeMatrix } from '../test/backend-matrix.ts';
import { createBalancer, createUnbalanced, NonFiniteError, StateError } from './index.ts';

const ROWS = 9;
const CLUSTERS = 7;

function softmax(row: number[], temperature: number): number[] {
  const powers = row.map((value) => Math.exp((value - Math.max(...row)) / temperature));
  return powers.map((power) => power / powers.reduce((a, b) => a + b));
}

describeMatrix('no balancing', (entry) => {
  const rows = Array.from({ length: ROWS }, (_, i) =>
    Array.from({ length: CLUSTERS }, (_, k) => Math.fround(hashSigned(3, i * CLUSTERS + k))),
  );
  const labels = rows.map((row) => row.indexOf(Math.max(...row)));
  const make = () =>
    createUnbalanced({ clusters: CLUSTERS, teacherTemperature: 0.1, backend: entry.backend });

  it('gives the softmax of the similarities as they are', async () => {
    const assigner = make();
    expect([assigner.name, assigner.clusters]).toEqual(['none', CLUSTERS]);
    const result = await assigner.step(entry.tensor(rows.flat(), [ROWS, CLUSTERS]));
    const expected = rows.flatMap((row) => softmax(row, 0.1));
    expectTensor(await entry.read(result.targets), { data: expected }, tolerance('balancer', 0), 'targets');
    expect(await entry.read(result.assignments)).toEqual(labels);
    expect(await entry.read(result.rawAssignments)).toEqual(labels);
    const health = await assigner.health();
    expect(health).toMatchObject({ windowAssignments: ROWS, changed: 0 });
    expect(health.effectiveClusters).toBe(health.effectiveClustersRaw);
  });

  it('keeps its window in a state that only it accepts', async () => {
    const assigner = make();
    await assigner.step(entry.tensor(rows.flat(), [ROWS, CLUSTERS]));
    const state = await assigner.state();
    const other = make();
    await other.restore(state);
    expect(await other.health()).toEqual(await assigner.health());
    const balancer = createBalancer({ clusters: CLUSTERS, backend: entry.backend });
    await expect(balancer.restore(state)).rejects.toThrow(StateError);
    await expect(other.restore(await balancer.state())).rejects.toThrow(StateError);
  });

  it('reports a NaN', async () => {
    const assigner = make();
    const z = entry.tensor(new Float32Array(CLUSTERS).fill(Number.NaN), [1, CLUSTERS]);
    if (entry.backend.fused) expect(() => assigner.assign(z)).toThrow(NonFiniteError);
    else {
      assigner.assign(z);
      await expect(assigner.health()).rejects.toThrow(NonFiniteError);
    }
  });
});
