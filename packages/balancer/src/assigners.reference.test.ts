import { expectTensor, hashSigned, tolerance } from '@excb/golden';
import { expect, it } from 'vitest';
import { describeMatrix } from '../test/backend-matrix.ts';
import { slowCentering, slowMira, slowSinkhorn } from '../test/slow-assigners.ts';
import { createCentering, createMira, createSinkhorn } from './index.ts';

/** Cosines are divided by temperatures, so what float32 leaves to them stands some times as large in the targets. */
const TARGET = tolerance('assignments', 0) * 10;

const grid = [1, 2, 6, 40].flatMap((rows) =>
  [1, 2, 5, 64, 300].flatMap((clusters) => [1, 2].map((seed) => ({ rows, clusters, seed }))),
);

function similarityRows(rows: number, clusters: number, stream: number): number[][] {
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: clusters }, (_, k) => Math.fround(0.8 * hashSigned(stream, row * clusters + k))),
  );
}

const total = (values: number[]) => values.reduce((a, b) => a + b);

describeMatrix('slow reference of the other assignments', (entry) => {
  it.each(grid)('agrees at $rows rows, $clusters clusters, seed $seed', async ({ rows, clusters, seed }) => {
    const { backend, tensor, read } = entry;
    const z = similarityRows(rows, clusters, 1000 * seed + 10 * clusters + rows);
    const similarities = tensor(z.flat(), [rows, clusters]);
    const expectTargets = async (targets: unknown, expected: number[][], label: string) =>
      expectTensor(await read(targets), { data: expected.flat() }, TARGET, label);

    const sinkhorn = createSinkhorn({ clusters, backend });
    await expectTargets(sinkhorn.assign(similarities).targets, slowSinkhorn(z, 0.05, 3), 'sinkhorn');

    if (rows > 1) {
      const queueRows = Math.floor(rows / 2);
      const first = slowSinkhorn(z, 0.05, 3).slice(0, rows - queueRows);
      const result = sinkhorn.assign(similarities, { queueRows });
      expect(backend.shape(result.rawAssignments)).toEqual([rows - queueRows]);
      await expectTargets(result.targets, first, 'sinkhorn with a queue');
    }

    const mira = createMira({ clusters, backend });
    for (const views of rows % 2 === 0 ? [1, 2] : [1]) {
      const size = rows / views;
      // Half of the run is over: the cosine is half-way between 3/4 and 2/3.
      const expected = Array.from({ length: views }, (_, view) =>
        slowMira(z.slice(view * size, (view + 1) * size), 0.225, (3 / 4 + 2 / 3) / 2, 30),
      );
      const result = mira.assign(similarities, { views, step: 5, steps: 10 });
      await expectTargets(result.targets, expected.flat(), `mira, ${views} views`);
    }

    const centering = createCentering({ clusters, backend, momentum: 0.7 });
    let center = new Array<number>(clusters).fill(0);
    for (const shift of [0, 1]) {
      const batch = similarityRows(rows, clusters, 7 * seed + shift);
      const slow = slowCentering(batch, center, 0.04, 0.7);
      const result = await centering.step(tensor(batch.flat(), [rows, clusters]));
      await expectTargets(result.targets, slow.targets, 'centering');
      center = slow.center;
      expectTensor(await centering.center(), { data: center }, 1e-6, 'center');
    }
    for (const assigner of [sinkhorn, mira, centering]) assigner.dispose();
  });

  it('Sinkhorn-Knopp: after many rounds every row sums to 1 and every cluster to N/K', async () => {
    const [rows, clusters] = [24, 8];
    const assigner = createSinkhorn({ clusters, rounds: 200, epsilon: 0.3, backend: entry.backend });
    const z = entry.tensor(similarityRows(rows, clusters, 5).flat(), [rows, clusters]);
    const q = await entry.read(assigner.assign(z).targets);
    for (let i = 0; i < rows; i++) expect(total(q.slice(i * clusters, (i + 1) * clusters))).toBeCloseTo(1, 5);
    for (let k = 0; k < clusters; k++) {
      expect(total(q.filter((_, i) => i % clusters === k))).toBeCloseTo(rows / clusters, 4);
    }
  });

  it('Sinkhorn-Knopp: what is added to a whole cluster changes nothing', async () => {
    const [rows, clusters] = [10, 6];
    const z = similarityRows(rows, clusters, 9);
    const shifted = z.map((row) => row.map((value, k) => value + 0.05 * k));
    const assigner = createSinkhorn({ clusters, backend: entry.backend });
    const [a, b] = [z, shifted].map((values) =>
      assigner.assign(entry.tensor(values.flat(), [rows, clusters])),
    );
    expectTensor(await entry.read(a.targets), { data: await entry.read(b.targets) }, 2 * TARGET, 'targets');
  });

  it('MIRA: after many rounds one more changes nothing, and the targets are the fixed point', async () => {
    const [rows, clusters] = [24, 8];
    const [temperature, beta] = [0.225, 0.7];
    const rowsOfZ = similarityRows(rows, clusters, 6);
    const z = entry.tensor(rowsOfZ.flat(), [rows, clusters]);
    const make = (rounds: number) =>
      createMira({ clusters, temperature, beta, rounds, backend: entry.backend }).assign(z).targets;
    const u = await entry.read(make(200));
    expectTensor(await entry.read(make(201)), { data: u }, tolerance('assignments', 0), 'targets');
    // In every row log u − z/(τ(1−β)) + β/(1−β)·log(mean of u over the rows) is the same for all clusters.
    const means = Array.from(
      { length: clusters },
      (_, k) => total(u.filter((_, i) => i % clusters === k)) / rows,
    );
    for (let i = 0; i < rows; i++) {
      const offsets = means.map(
        (mean, k) =>
          Math.log(u[i * clusters + k]) -
          rowsOfZ[i][k] / (temperature * (1 - beta)) +
          (beta / (1 - beta)) * Math.log(mean),
      );
      for (const offset of offsets) expect(offset).toBeCloseTo(offsets[0], 3);
    }
  });
});
