import { startEngine } from '@excb/ops';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  ConfigError,
  createBackbone,
  createResNet,
  createVit,
  dropPathDraws,
  FeatureShapeError,
  ImageShapeError,
  loadStateDict,
  SingleValueBatchError,
  stateDict,
} from '../src/index.ts';
import { fill, smallBackbones, smallHead } from './small-models.ts';

beforeAll(async () => {
  await startEngine('cpu');
});

type ImageShape = [number, number, number, number];

const noise = (shape: number[]) => tf.randomUniform<tf.Rank.R4>(shape as ImageShape, -1, 1, 'float32', 9);

describe.each(Object.entries(smallBackbones))('%s', (_, create) => {
  it('has the same weights for the same seed, others for another', async () => {
    const [a, b, c] = [create(4), create(4), create(5)];
    const [first, same, other] = await Promise.all([a, b, c].map((model) => stateDict(model)));
    expect(same).toEqual(first);
    expect(other).not.toEqual(first);
    for (const model of [a, b, c]) model.dispose();
  });

  it.each([
    [7, 7],
    [13, 5],
    [5, 31],
    [12, 12],
  ])('takes images of %i×%i', async (height, width) => {
    const model = create();
    const images = noise([2, height, width, 3]);
    const features = model.forward(images, { training: true });
    expect(features.shape).toEqual([2, model.featureSize]);
    expect((await features.data()).every(Number.isFinite)).toBe(true);
    const probe = model.probeFeatures(images);
    expect(probe.shape).toEqual([2, model.probeFeatureSize]);
    tf.dispose([images, features, probe]);
    model.dispose();
  });

  it('refuses images that do not fit, and says what to do', () => {
    const model = create();
    const run = (shape: number[]) => {
      const images = tf.zeros<tf.Rank.R4>(shape as ImageShape);
      try {
        model.forward(images, { training: true });
      } finally {
        images.dispose();
      }
    };
    for (const shape of [
      [12, 12, 3],
      [2, 12, 12, 4],
      [2, 12, 12, 1],
      [2, 3, 12, 12],
      [2, 0, 12, 3],
    ]) {
      expect(() => run(shape), `[${shape}]`).toThrow(ImageShapeError);
    }
    expect(() => run([2, 12, 12, 4])).toThrow('with 4 channels, but was made for 3: pass inputChannels: 4');
    expect(() => run([2, 3, 12, 12])).toThrow('move them last');
    model.dispose();
  });
});

describe('ResNet', () => {
  it('takes other channels, widths and stems', () => {
    const model = createBackbone({
      type: 'resnet',
      blocks: [1, 1, 1, 1],
      width: 24,
      stem: { kernel: 3, stride: 2, maxPool: false },
      inputChannels: 5,
      lastGain: 1,
    });
    expect(model.featureSize).toBe(192);
    expect(model.parameters.get('conv1.weight')!.shape).toEqual([24, 5, 3, 3]);
    const images = noise([2, 16, 16, 5]);
    const features = model.forward(images, { training: false });
    expect(features.shape).toEqual([2, 192]);
    const count = [...model.parameters.values()].reduce((sum, variable) => sum + variable.size, 0);
    expect(count / 1e6).toBeCloseTo(0.69, 2);
    tf.dispose([images, features]);
    model.dispose();
  });

  it('starts the last gain of each branch where it is told', async () => {
    const model = createResNet({ block: 'bottleneck', blocks: [1, 2], width: 2, lastGain: 0.25 });
    for (const [name, variable] of model.parameters) {
      if (!/bn\d\.weight$|downsample\.1\.weight$/.test(name)) continue;
      const expected = name.endsWith('bn3.weight') ? 0.25 : 1;
      expect(
        (await variable.data()).every((value) => value === expected),
        name,
      ).toBe(true);
    }
    model.dispose();
  });

  it('needs two values a channel in training, not in evaluation', () => {
    const model = createResNet({ blocks: [1], width: 2 });
    const pixel = noise([1, 1, 1, 3]);
    expect(() => model.forward(pixel, { training: true })).toThrow(SingleValueBatchError);
    model.forward(pixel, { training: false }).dispose();
    pixel.dispose();
    model.dispose();
  });

  it('leaves its buffers alone in evaluation', async () => {
    const model = smallBackbones['basic ResNet']();
    const images = noise([2, 8, 8, 3]);
    const before = await stateDict(model);
    model.forward(images, { training: false }).dispose();
    expect(await stateDict(model)).toEqual(before);
    images.dispose();
    model.dispose();
  });
});

describe('ViT', () => {
  const create = () =>
    fill(createVit({ imageSize: 8, patchSize: 4, embedDim: 8, depth: 2, heads: 2, dropPath: 0.5 }), 900);

  it('drops whole branches of samples, by seed, in training only', async () => {
    const model = create();
    const images = noise([16, 8, 8, 3]);
    const [first, second] = model
      .blockOutputs(images)
      .map((tokens) => tf.slice(tokens, [0, 0, 0], [16, 1, 8]));
    const seed = 42;
    const output = model.forward(images, { training: true, dropPathSeed: seed });
    const again = model.forward(images, { training: true, dropPathSeed: seed });
    const other = model.forward(images, { training: true, dropPathSeed: seed + 1 });
    const rows = (await output.array()) as number[][];
    expect(await again.array()).toEqual(rows);
    expect(await other.array()).not.toEqual(rows);
    const [gain, bias] = ['weight', 'bias'].map((part) => model.parameters.get(`norm.${part}`)!);
    const normed = tf.tidy(() => {
      const x = tf.reshape(first, [16, 8]);
      const { mean, variance } = tf.moments(x, 1, true);
      return tf.add(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-6))), gain), bias);
    });
    const skipped = (await normed.array()) as number[][];
    const draws = [0, 1].map((branch) => dropPathDraws(seed, 1, branch, 16));
    let dropped = 0;
    for (let sample = 0; sample < 16; sample++) {
      const bothDropped = draws[0][sample] < 0.5 && draws[1][sample] < 0.5;
      const distance = Math.max(...rows[sample].map((value, i) => Math.abs(value - skipped[sample][i])));
      expect(distance < 1e-4, `sample ${sample}`).toBe(bothDropped);
      dropped += bothDropped ? 1 : 0;
    }
    expect(dropped).toBeGreaterThan(0);
    expect(dropped).toBeLessThan(16);
    const evaluated = model.forward(images, { training: false, dropPathSeed: seed });
    const reference = model.lastFeatures(images, 1);
    expect(await evaluated.array()).toEqual(await reference.array());
    tf.dispose([images, first, second, output, again, other, normed, evaluated, reference]);
    model.dispose();
  });

  it('keeps a branch with the probability it says', () => {
    const draws = dropPathDraws(1, 2, 0, 20_000);
    const dropped = draws.filter((draw) => draw < 0.3).length;
    // Five standard errors of a binomial.
    expect(Math.abs(dropped - 6000)).toBeLessThan(5 * Math.sqrt(20_000 * 0.3 * 0.7));
    expect(dropPathDraws(1, 2, 1, 4)).not.toEqual(draws.slice(0, 4));
    expect(dropPathDraws(1, 3, 0, 4)).not.toEqual(draws.slice(0, 4));
  });

  it('asks for a drop-path seed in training', () => {
    const model = create();
    const images = noise([2, 8, 8, 3]);
    expect(() => model.forward(images, { training: true })).toThrow('forward got no dropPathSeed');
    images.dispose();
    model.dispose();
  });

  it('refuses images smaller than a patch and layers it does not have', () => {
    const model = create();
    const images = noise([2, 3, 8, 3]);
    expect(() => model.forward(images, { training: false })).toThrow('needs at least 4×4');
    expect(() => model.lastFeatures(images, 3)).toThrow(ConfigError);
    expect(() => model.intermediateLayers(images, 0)).toThrow('pass 1 to 2');
    images.dispose();
    model.dispose();
  });

  it('works without a qkv bias', () => {
    const model = createVit({ imageSize: 8, patchSize: 4, embedDim: 8, depth: 1, heads: 2, qkvBias: false });
    expect(model.stateNames).not.toContain('blocks.0.attn.qkv.bias');
    const images = noise([2, 8, 8, 3]);
    const features = model.forward(images, { training: true });
    expect(features.shape).toEqual([2, 8]);
    tf.dispose([images, features]);
    model.dispose();
  });
});

describe('linear', () => {
  it('flattens channel by channel, each channel row by row', async () => {
    const model = createBackbone({ type: 'linear', poolGrid: 2, outputSize: 12 });
    const eye = tf.eye(12);
    loadStateDict(
      model,
      new Map([
        ['fc.weight', { shape: [12, 12], data: (await eye.data()) as Float32Array }],
        ['fc.bias', { shape: [12], data: new Float32Array(12) }],
      ]),
    );
    // Pixel (y, x) of channel c holds 100·c + 10·y + x; each cell averages 2×2 pixels.
    const pixels = Array.from({ length: 48 }, (_, i) => {
      const [y, x, c] = [Math.floor(i / 12), Math.floor(i / 3) % 4, i % 3];
      return 100 * c + 10 * y + x;
    });
    const images = tf.tensor4d(pixels, [1, 4, 4, 3]);
    const features = model.forward(images, { training: true });
    const cells = [5.5, 7.5, 25.5, 27.5];
    const expected = [0, 100, 200].flatMap((channel) => cells.map((cell) => channel + cell));
    expect([...(await features.data())]).toEqual(expected);
    tf.dispose([eye, images, features]);
    model.dispose();
  });
});

describe('head', () => {
  it('refuses features of another width, and a predictor it does not have', () => {
    const head = smallHead(6, { predictor: false });
    expect(head.stateNames.some((name) => name.startsWith('predictor'))).toBe(false);
    const [right, wrong] = [noise([4, 6]), noise([4, 7])].map((x) => x as unknown as tf.Tensor2D);
    expect(() => head.project(wrong, { training: true })).toThrow(FeatureShapeError);
    expect(() => head.forward(right, wrong, { training: true, predictor: false })).toThrow('needs [rows, 6]');
    expect(() => head.forward(right, undefined, { training: true, predictor: true })).toThrow(ConfigError);
    tf.dispose([right, wrong]);
    head.dispose();
  });

  it('starts with centroids of unit length and small linear weights', async () => {
    const head = smallHead(6, { seed: 3 });
    const centroids = head.parameters.get('centroid_layer.weight_v')!;
    const lengths = tf.tidy(() => tf.norm(centroids, 2, 1));
    for (const length of await lengths.data()) expect(length).toBeCloseTo(1, 5);
    expect(head.parameters.get('centroid_layer.weight_g')!.trainable).toBe(false);
    const weight = await head.parameters.get('projector.mlp.0.weight')!.data();
    expect(weight.every((value) => Math.abs(value) < 0.1 && value !== 0)).toBe(true);
    lengths.dispose();
    head.dispose();
  });
});
