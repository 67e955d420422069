import { startEngine } from '@excb/ops';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createVit, loadStateDict, readSafetensors, stateDict, writeSafetensors } from '../src/index.ts';
import { smallBackbones, smallHead } from './small-models.ts';

beforeAll(async () => {
  await startEngine('cpu');
});

describe('tensor counts', () => {
  it.each(Object.entries(smallBackbones))(
    '%s and head: forward, backward, evaluation, state',
    async (_, create) => {
      const empty = tf.memory().numTensors;
      const backbone = create();
      const head = smallHead(backbone.featureSize);
      const images = tf.randomUniform<tf.Rank.R4>([4, 12, 12, 3], -1, 1, 'float32', 3);
      const before = tf.memory();
      const { value, grads } = tf.variableGrads(() => {
        const features = backbone.forward(images, { training: true });
        const output = head.forward(features, features, { training: true, predictor: true });
        return tf.sum(tf.square(output.similarities)) as tf.Scalar;
      });
      const trainable = [backbone, head].flatMap((m) =>
        [...m.parameters.values()].filter((v) => v.trainable),
      );
      expect(Object.keys(grads).length).toBe(trainable.length);
      expect(tf.memory().numTensors).toBe(before.numTensors + trainable.length + 1);
      tf.dispose([value, grads]);
      const features = backbone.forward(images, { training: false });
      const output = head.forward(features, undefined, { training: true, predictor: false });
      const others = [backbone.probeFeatures(images), head.project(features, { training: false })];
      expect(tf.memory().numTensors).toBe(before.numTensors + 5);
      tf.dispose([features, output.similarities, output.projections, ...others]);
      const file = writeSafetensors(await stateDict(backbone, 'backbone.'));
      loadStateDict(backbone, readSafetensors(file).tensors, { prefix: 'backbone.' });
      expect(tf.memory().numTensors).toBe(before.numTensors);
      expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
      expect(tf.memory().numBytes).toBe(before.numBytes);
      images.dispose();
      backbone.dispose();
      head.dispose();
      expect(tf.memory().numTensors).toBe(empty);
    },
  );

  it('ViT with drop path and at other resolutions, and its inspections', () => {
    const model = createVit({ imageSize: 12, patchSize: 4, embedDim: 8, depth: 3, heads: 2, dropPath: 0.5 });
    const images = tf.randomUniform<tf.Rank.R4>([2, 9, 21, 3], -1, 1, 'float32', 3);
    const before = tf.memory().numTensors;
    model.forward(images, { training: true, dropPathSeed: 1 }).dispose();
    tf.dispose(model.intermediateLayers(images, 2));
    tf.dispose(model.blockOutputs(images));
    model.lastFeatures(images, 3).dispose();
    model.lastSelfAttention(images).dispose();
    model.prepareTokens(images).dispose();
    model.positionEmbedding(12, 12).dispose();
    model.positionEmbedding(8, 20).dispose();
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
    images.dispose();
  });

  it('a failed forward leaves nothing behind', () => {
    const model = smallBackbones['basic ResNet']();
    const grey = tf.zeros<tf.Rank.R4>([2, 8, 8, 1]);
    const before = tf.memory().numTensors;
    expect(() => model.forward(grey, { training: true })).toThrow();
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
    grey.dispose();
  });
});
