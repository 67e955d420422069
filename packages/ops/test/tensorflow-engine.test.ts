import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { prepareBackend } from '../src/engines/prepare-backend.ts';
import { startEngine } from '../src/engines/start-engine.ts';
import { KERNELS } from '../src/kernels/kernel-names.ts';
import { maxPool, type PoolOptions } from '../src/layers/pooling.ts';
import { expectClose } from './compare.ts';
import { noise } from './noise.ts';
import { type RecordedCall, startTensorflowDouble } from './tensorflow-double.ts';
import { TFJS_NODE, tfjsNodeKernels } from './tfjs-node-package.ts';
import { TINY_TRAINING, trainTiny } from './tiny-training.ts';

const { kernels: theirs, missing } = await tfjsNodeKernels();

/** Padding that tfjs-node refuses is a number or a list. */
const numericPadding = (calls: RecordedCall[]): string[] =>
  calls
    .filter(
      ({ kernel, attributes }) => /Conv|Pool/.test(kernel) && !/^(valid|same)$/.test(`${attributes.pad}`),
    )
    .map(({ kernel, attributes }) => `${kernel} with padding ${attributes.pad}`);

/** Kernels that are called and not in a list, but for those that this package brings itself. */
function lacking(calls: RecordedCall[], names: string[]): string[] {
  const present = new Set([...names, ...Object.values(KERNELS)]);
  return [...new Set(calls.map(({ kernel }) => kernel))].filter((kernel) => !present.has(kernel));
}

interface Recording {
  calls: RecordedCall[];
  refusals: string[];
}
const losses: Record<string, number[]> = {};
let training: Recording;
let unprepared: Recording;

beforeAll(async () => {
  const double = await startTensorflowDouble(theirs);
  const recorded = (): Recording => ({ calls: double.calls.splice(0), refusals: double.refusals.splice(0) });
  tf.tidy(() => void maxPool(noise([1, 6, 6, 2]), { size: 3, stride: 2, padding: 1 }));
  unprepared = recorded();
  prepareBackend('tensorflow');
  for (const [name, overrides] of Object.entries(TINY_TRAINING)) losses[name] = await trainTiny(overrides);
  training = recorded();
});

describe('the tensorflow engine, with the arithmetic of the cpu engine', () => {
  it.each(Object.keys(TINY_TRAINING))('trains as the cpu engine does: %s', async (name) => {
    await startEngine('cpu');
    expectClose(losses[name], await trainTiny(TINY_TRAINING[name]), 1e-6);
  });

  it('gives convolutions and pools no numbers as padding', () => {
    for (const kernel of [
      'Conv2D',
      'Conv2DBackpropInput',
      'Conv2DBackpropFilter',
      'MaxPool',
      'MaxPoolGrad',
    ]) {
      expect(training.calls.filter((call) => call.kernel === kernel).length, kernel).toBeGreaterThan(0);
    }
    expect(numericPadding(training.calls)).toEqual([]);
    expect(numericPadding(unprepared.calls)).toEqual(['MaxPool with padding 1']);
  });

  const pools: PoolOptions[] = [
    { size: 3, stride: 2, padding: 1 },
    { size: 2 },
    { size: 4, stride: 1, padding: 2 },
  ];
  it.each(pools)('pools as the cpu engine does, ties and negative values included: %j', async (options) => {
    const pooled: ArrayLike<number>[][] = [];
    for (const backend of ['cpu', 'tensorflow']) {
      await tf.setBackend(backend);
      pooled.push(
        tf.tidy(() => {
          const x = tf.round(tf.sub(tf.mul(noise([2, 7, 6, 3]), 3), 4));
          const y = maxPool(x, options);
          const dx = tf.grad((v) => maxPool(v, options))(x, noise(y.shape, 2));
          return [y.dataSync(), dx.dataSync()];
        }),
      );
    }
    expect(pooled[1]).toEqual(pooled[0]);
  });
});

describe.skipIf(missing)(
  `${TFJS_NODE} by its own JavaScript${missing ? `, not run: ${missing}` : ''}`,
  () => {
    it('has every kernel that training calls', () => {
      const names = theirs.map(({ kernelName }) => kernelName);
      expect(lacking(training.calls, names)).toEqual([]);
      const others = names.filter((name) => name !== 'MaxPoolGrad');
      expect(lacking(training.calls, others)).toEqual(['MaxPoolGrad']);
    });

    it('takes every call of training', () => {
      expect([...new Set(training.refusals)]).toEqual([]);
      expect(unprepared.refusals).toEqual([
        expect.stringMatching(/^MaxPool: .*only 'valid' and 'same' padding/),
      ]);
    });
  },
);
