import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { engines, startTfjs } from '../test/tfjs-engines.ts';
import { conformanceSuite } from './conformance.ts';
import { sumInOrder } from './sum-in-order.ts';

describe.each(engines)('tfjs-%s', (engine) => {
  let before = 0;
  beforeAll(async () => {
    await startTfjs(engine);
    before = tf.memory().numTensors;
    vi.spyOn(tf.Tensor.prototype, 'dataSync').mockImplementation(() => {
      throw new Error('dataSync: an engine that computes later cannot answer this');
    });
  });

  conformanceSuite(() => startTfjs(engine), { describe, it }, `tfjs-${engine}`);

  it.each([1, 2, 255, 256, 257, 1000, 65_536 + 3])('adds up %i entries as the host does', async (length) => {
    const backend = await startTfjs(engine);
    const values = Float32Array.from({ length }, (_, i) => Math.sin(i) ** 2);
    const result = backend.scope(() => backend.sum(backend.fromHost(values, [length])));
    expect((await backend.toHost(result)).data[0]).toBe(sumInOrder(values));
    backend.dispose(result);
  });

  afterAll(() => {
    vi.restoreAllMocks();
    expect(tf.memory().numTensors).toBe(before);
  });
});
