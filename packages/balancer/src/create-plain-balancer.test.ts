import { hashSigned } from '@excb/golden';
import { tfjsBackend } from '@excb/tensor/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import '@tensorflow/tfjs-backend-cpu';
import { createBalancer, createUnbalanced, OptionError } from './index.ts';
import { createBalancer as createPlainBalancer } from './plain.ts';

const ROWS = 12;
const CLUSTERS = 40;
const options = { clusters: CLUSTERS, momentum: 0.5, random: () => 0.5 };

function similarities(step: number) {
  const data = Float32Array.from({ length: ROWS * CLUSTERS }, (_, i) => 0.9 * hashSigned(step, i));
  return { data, shape: [ROWS, CLUSTERS] };
}

it('the plain balancer takes the same steps as the one with the kernel', async () => {
  const plain = createPlainBalancer(options);
  const balancer = createBalancer(options);
  for (let step = 0; step < 20; step++) {
    const expected = await balancer.step(similarities(step));
    const got = await plain.step(similarities(step));
    expect(got.assignments).toEqual(expected.assignments);
    expect(got.rawAssignments).toEqual(expected.rawAssignments);
    got.targets.data.forEach((target, i) => {
      expect(target).toBeCloseTo(expected.targets.data[i], 6);
    });
  }
  expect(await plain.state()).toEqual(await balancer.state());
  expect(await plain.extremes()).toEqual(await balancer.extremes());
  expect(await plain.health()).toEqual(await balancer.health());
});

describe('into', () => {
  it.each([createBalancer, createPlainBalancer, createUnbalanced])('takes the targets: %o', (create) => {
    const expected = create(options).assign(similarities(1));
    const z = similarities(1);
    const got = create(options).assign(z, { into: z.data });
    expect(got.targets.data).toBe(z.data);
    expect(got).toEqual(expected);
  });

  it('is refused where tensors are not typed arrays', async () => {
    await tf.setBackend('cpu');
    const balancer = createBalancer({ clusters: 2, backend: tfjsBackend(tf) });
    const z = tf.tensor2d([[0.5, 0.1]]);
    const run = () => balancer.assign(z, { into: new Float32Array(2) });
    expect(run).toThrow(OptionError);
    expect(run).toThrow("into is for typed arrays, but the backend is 'tfjs': leave it out");
    expect(tf.memory().numTensors).toBeGreaterThan(0);
  });
});
