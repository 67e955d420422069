import { expectTensor, hashSigned, hashUniform, tolerance } from '@excb/golden';
import { expect, it } from 'vitest';
import { describeMatrix } from '../test/backend-matrix.ts';
import { slowBalance, slowUpdate } from '../test/slow-balancer.ts';
import { balanceSimilarities, clusterWeights, createBalancer } from './index.ts';

const TEMPERATURE = 0.04;
const MOMENTUM = 0.9;
const STEPS = 3;
/** The floor of the table. What it leaves to the similarities stands 1/temperature times as large in the logits. */
const CLOSE = tolerance('balancer', 0);
const TARGET = CLOSE / TEMPERATURE;

const grid = [1, 2, 7, 40].flatMap((rows) =>
  [1, 2, 5, 64, 300].flatMap((clusters) => [1, 2].map((seed) => ({ rows, clusters, seed }))),
);

/** Some clusters without size, some with a lot. */
function skewedSizes(clusters: number, stream: number): Float32Array {
  const sizes = Float32Array.from({ length: clusters }, (_, k) =>
    k > 0 && hashUniform(stream, k) < 0.2 ? 0 : hashUniform(stream + 1, k) ** 4,
  );
  const total = sizes.reduce((a, b) => a + b, 0);
  return sizes.map((size) => size / total);
}

function similarityRows(rows: number, clusters: number, stream: number): number[][] {
  const offset = hashSigned(stream, rows * clusters) * 0.3;
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: clusters }, (_, k) =>
      Math.fround(offset + 0.6 * hashSigned(stream, row * clusters + k)),
    ),
  );
}

describeMatrix('slow reference', (entry) => {
  it.each(grid)('agrees at $rows rows, $clusters clusters, seed $seed', async ({ rows, clusters, seed }) => {
    const { backend, tensor, read } = entry;
    const stream = 1000 * seed + 10 * clusters + rows;
    const draws = { at: 0 };
    const balancer = createBalancer({
      clusters,
      momentum: MOMENTUM,
      teacherTemperature: TEMPERATURE,
      backend,
      random: () => hashUniform(stream + 5, draws.at++),
    });
    let sizes: ArrayLike<number> = skewedSizes(clusters, stream);
    const arrays = { sizes: Float32Array.from(sizes) };
    await balancer.restore({ assigner: 'excb', clusters, values: {}, arrays });

    for (let step = 0; step < STEPS; step++) {
      const z = similarityRows(rows, clusters, stream + 20 * step);
      const draw = (k: number): number => hashUniform(stream + 5, step * clusters + k);
      const slow = slowBalance(sizes, z, TEMPERATURE, draw);
      const similarities = tensor(z.flat(), [rows, clusters]);

      const drawn = tensor(
        Array.from({ length: clusters }, (_, k) => draw(k)),
        [clusters],
      );
      const weights = clusterWeights(backend, tensor(sizes, [clusters]), drawn);
      const parts = balanceSimilarities(backend, similarities, weights);
      expectTensor(await read(parts.balanced), { data: slow.balanced.flat() }, CLOSE, 'balanced');
      expect(await read(parts.boostedLabels)).toEqual(slow.boosted);
      expectTensor(await read(weights.lower), { data: slow.lower }, CLOSE, 'lower');
      expectTensor(await read(weights.higher), { data: slow.higher }, CLOSE, 'higher');

      const result = await balancer.step(similarities);
      expect(await read(result.rawAssignments)).toEqual(slow.raw);
      expect(await read(result.assignments)).toEqual(slow.assignments);
      expectTensor(await read(result.targets), { data: slow.targets.flat() }, TARGET, 'targets');
      const next = slowUpdate(sizes, slow.assignments, MOMENTUM);
      sizes = await balancer.sizes();
      expectTensor(sizes, { data: next }, 1e-7, 'sizes');
    }
    expect(draws.at).toBe(STEPS * clusters);
    balancer.dispose();
  });
});
