import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromPixels, type ImageSource } from '@excb/data';
import { startEngine } from '@excb/ops';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCheckpoint, loadTeacher } from './checkpoint.ts';
import type { TrainConfigOverrides } from './config.ts';
import { ConfigError, NonFiniteError } from './errors.ts';
import { trainConfig } from './presets.ts';
import { trainImages } from './train-images.ts';

const folder = mkdtempSync(join(tmpdir(), 'excb-trainer-'));
let runs = 0;
let poisonTeacher = () => {};
const freshFolder = () => join(folder, String(runs++));

/** Discs of many colours and places, 12×12. */
function discs(count: number): ImageSource {
  const side = 12;
  const images = Array.from({ length: count }, (_, i) => {
    const data = new Uint8Array(side * side * 3).fill(230);
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) {
        const inside = (x - (i % side)) ** 2 + (y - ((i * 7) % side)) ** 2 < 14;
        if (inside) data.set([(i * 37) % 256, (i * 91) % 256, (i * 53) % 256], (y * side + x) * 3);
      }
    return { width: side, height: side, data };
  });
  return fromPixels(images);
}

const tiny: TrainConfigOverrides = {
  epochs: 2,
  batch: 8,
  clusters: 4,
  backbone: {
    type: 'resnet',
    block: 'basic',
    blocks: [1],
    width: 4,
    stem: { kernel: 3, stride: 2, maxPool: false },
    lastGain: 1,
  },
  head: { hiddenSize: 8, bottleneck: 6 },
  views: { globalSize: 12, localSize: 8, localCrops: 1 },
  centroidStart: { samples: 32, iterations: 5, restarts: 10 },
};
const lines = (out: string) =>
  readFileSync(join(out, 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

beforeAll(async () => {
  await startEngine('cpu');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a run', () => {
  it('writes settings, a line per step and epoch, and a checkpoint that gives the teacher back', async () => {
    const out = freshFolder();
    const before = tf.memory().numTensors;
    const source = discs(32);
    const config = trainConfig('small', tiny);
    const { run, status } = await trainImages({ source, config, out, workers: 0 });
    expect(status).toBe('finished');
    expect(run.step).toBe(8);
    const log = lines(out);
    expect(log.map(({ kind }) => kind)).toEqual([
      'start',
      'centroids',
      'step',
      'balancing',
      ...Array(3).fill('step'),
      'epoch',
      ...Array(4).fill('step'),
      'epoch',
      'end',
    ]);
    expect(log.every((line) => line.loss === undefined || Number.isFinite(line.loss))).toBe(true);
    expect(log[7].health.windowAssignments).toBe(2 * 32);
    expect(JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'))).toEqual(config);

    const checkpoint = await loadCheckpoint(out);
    expect(checkpoint).toMatchObject({ epoch: 2, step: 8, config });
    const teacher = loadTeacher(checkpoint);
    for (const [name, value] of run.teacher.parameters) {
      expect(await teacher.parameters.get(name)!.data(), name).toEqual(await value.data());
    }
    for (const [name, value] of run.teacher.buffers) {
      expect(await teacher.buffers.get(name)!.data(), name).toEqual(await value.data());
    }
    teacher.dispose();
    run.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is a function of its seed', async () => {
    const losses = async (seed: number) => {
      const out = freshFolder();
      const { run } = await trainImages({
        source: discs(32),
        config: trainConfig('small', { ...tiny, seed }),
        out,
        workers: 0,
      });
      run.dispose();
      return lines(out)
        .filter(({ kind }) => kind === 'step')
        .map(({ loss }) => loss);
    };
    const first = await losses(3);
    expect(await losses(3)).toEqual(first);
    expect(await losses(4)).not.toEqual(first);
  });

  it.each<TrainConfigOverrides['assigner']>([
    'none',
    { name: 'centering', warmup: { from: 0.02, epochs: 2 } },
    { name: 'sinkhorn', queue: 24 },
    'mira',
  ])('trains with %j, its state in the checkpoint, and frees what it made', async (assigner) => {
    const out = freshFolder();
    const before = tf.memory().numTensors;
    const config = trainConfig('small', { ...tiny, assigner });
    const queueRows: number[] = [];
    let during = 0;
    const { run } = await trainImages({
      source: discs(32),
      config,
      out,
      workers: 0,
      onStart: ({ assigner }) => {
        const assign = assigner.assign.bind(assigner);
        assigner.assign = (similarities, context) => {
          queueRows.push(context?.queueRows ?? 0);
          return assign(similarities, context);
        };
      },
      onStep: ({ step }) => {
        if (step === 2) during = tf.memory().numTensors;
        if (step > 2) expect(tf.memory().numTensors).toBe(during);
      },
    });
    const { name } = config.assigner;
    expect(run.assigner.name).toBe(name);
    // 16 rows a step: 24 past ones are there from the third step on.
    expect(queueRows).toEqual(name === 'sinkhorn' ? [0, 0, 24, 24, 24, 24, 24, 24] : new Array(8).fill(0));
    const { tensors, assigner: saved, config: read } = await loadCheckpoint(out);
    expect(saved.name).toBe(name);
    expect(read).toEqual(config);
    expect(tensors.has('assigner.center')).toBe(name === 'centering');
    expect(tensors.get('queue.embeddings')?.shape).toEqual(name === 'sinkhorn' ? [24, 6] : undefined);
    run.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('ends after the step under way when the signal aborts, with a checkpoint', async () => {
    const out = freshFolder();
    const controller = new AbortController();
    const { run, status } = await trainImages({
      source: discs(32),
      config: trainConfig('small', tiny),
      out,
      workers: 0,
      signal: controller.signal,
      onStep: ({ step }) => {
        if (step === 4) controller.abort();
      },
    });
    expect(status).toBe('interrupted');
    expect(run.step).toBe(5);
    expect(await loadCheckpoint(out)).toMatchObject({ epoch: 1, step: 5 });
    run.dispose();
  });

  it('keeps a run that the folder already holds', async () => {
    const out = freshFolder();
    const options = {
      source: discs(16),
      config: trainConfig('small', { ...tiny, epochs: 1 }),
      out,
      workers: 0,
    };
    (await trainImages(options)).run.dispose();
    await expect(trainImages(options)).rejects.toThrow(ConfigError);
    await expect(trainImages(options)).rejects.toThrow(/already holds a run/);
    const poor = trainConfig('small', {
      ...tiny,
      clusters: 16,
      views: { globalSize: 12, localSize: 8, localCrops: 1 },
    });
    await expect(
      trainImages({ ...options, source: discs(15), config: poor, out: freshFolder() }),
    ).rejects.toThrow(/8 samples, but 16 clusters/);
  });

  it('with fewer images than a batch says so before it writes anything', async () => {
    const out = freshFolder();
    const tried = trainImages({ source: discs(5), config: trainConfig('small', tiny), out, workers: 0 });
    await expect(tried).rejects.toThrow(/5 images, but a batch takes 8/);
    expect(existsSync(out)).toBe(false);
  });
});

describe('a quantity that is no longer finite', () => {
  it('ends the run, is named, and leaves the last good weights', async () => {
    const out = freshFolder();
    const before = tf.memory().numTensors;
    const good = new Map<string, Float32Array>();
    let poisoned = '';
    const tried = trainImages({
      source: discs(32),
      config: trainConfig('small', tiny),
      out,
      workers: 0,
      onStart: (run) => {
        // A gradient that overflows: the optimiser's state holds an infinity from step 3 on.
        const slots = [...run.optimiser.slots];
        const [name, slot] = slots[0];
        const step = run.optimiser.step.bind(run.optimiser);
        run.optimiser.step = (gradients, settings) => {
          if (run.step === 3) {
            poisoned = name;
            tf.tidy(() => slot.assign(tf.fill(slot.shape, Number.POSITIVE_INFINITY)));
          }
          step(gradients, settings);
        };
      },
      onStep: async () => {},
    }).catch((error) => error);
    const error = await tried;
    expect(poisoned).not.toBe('');
    expect(error).toBeInstanceOf(NonFiniteError);
    expect(error.step).toBe(3);
    expect(error.quantity).toBe('the update of backbone.conv1.weight');
    const checkpoint = await loadCheckpoint(out);
    expect(checkpoint.step).toBe(3);
    for (const [name, { data }] of checkpoint.tensors) {
      if (name.startsWith('student.') || name.startsWith('teacher.')) {
        expect(data.every(Number.isFinite), name).toBe(true);
        good.set(name, data as Float32Array);
      }
    }
    expect(good.size).toBeGreaterThan(0);
    expect(lines(out).at(-1)).toMatchObject({ kind: 'end', status: 'failed' });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('that reaches the teacher leaves the last good weights too', async () => {
    const out = freshFolder();
    const config = trainConfig('small', tiny);
    const before = tf.memory().numTensors;
    const error = await trainImages({
      source: discs(32),
      config,
      out,
      workers: 0,
      onStep: ({ step }) => {
        if (step === 1) poisonTeacher();
      },
      onStart: (run) => {
        poisonTeacher = () => {
          const bias = run.teacher.parameters.get('classifier.projector.mlp.6.bias')!;
          const values = bias.dataSync().slice();
          values[0] = Number.NaN;
          tf.tidy(() => bias.assign(tf.tensor1d(values)));
        };
      },
    }).catch((caught) => caught);
    expect(error).toBeInstanceOf(NonFiniteError);
    expect(error.quantity).toBe('teacher similarities');
    expect(error.step).toBe(2);
    expect(await loadCheckpoint(out)).toMatchObject({ step: 2 });
    expect(lines(out).at(-1)).toMatchObject({ kind: 'end', status: 'failed' });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('in the images is named as such', async () => {
    const out = freshFolder();
    const config = trainConfig('small', {
      ...tiny,
      centroidStart: null,
      normalisation: { mean: [0, 0, 0], std: [1e-44, 1, 1] },
    });
    const error = await trainImages({ source: discs(16), config, out, workers: 0 }).catch((caught) => caught);
    expect(error).toBeInstanceOf(NonFiniteError);
    expect(error.quantity).toBe('an image of the global views');
    expect(await loadCheckpoint(out)).toMatchObject({ step: 0 });
  });
});
