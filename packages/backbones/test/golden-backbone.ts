import {
  expectChecksum,
  expectTensor,
  fillState,
  type GoldenChecksum,
  type GoldenEntry,
  type GoldenFile,
  type GoldenState,
  type GoldenTensor,
  hashTensor,
  tolerance,
} from '@excb/golden';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Backbone, loadStateDict } from '../src/index.ts';
import { sizeOf } from '../src/layout.ts';

/** What the backbone files have in common. */
export interface BackboneCase {
  state_dict_base_stream: number;
  entries: GoldenEntry[];
  inputs: { stream: number; shape: number[]; scale: string }[];
  eval_outputs: GoldenTensor[];
  train_outputs: GoldenTensor[];
  grad_streams: number[];
  buffers_after_train: Record<string, GoldenChecksum>;
  num_batches_tracked_after_train: number | null;
  param_grads: Record<string, GoldenChecksum & { noise: number }>;
  float32_noise: { eval: number[]; train: number[] };
}

/** The images of a case's input, NHWC; the file counts them NCHW. */
export function caseImages(input: BackboneCase['inputs'][number]): tf.Tensor4D {
  expect(input.scale).toBe('sqrt(3)*r');
  return tf.tidy(() => {
    const values = hashTensor(input.stream, sizeOf(input.shape), Math.sqrt(3));
    return tf.transpose(tf.tensor4d(values, input.shape as [number, number, number, number]), [0, 2, 3, 1]);
  });
}

/** A backbone that tests share, each from the case's weights. */
export interface SharedBackbone<B extends Backbone> {
  /** The backbone with the case's weights and untouched buffers, by way of the strict loader. */
  fresh(): B;
}

/** Makes one backbone for the tests of a file; the file's names must be the backbone's, in order. */
export function shareBackbone<B extends Backbone>(
  testCase: BackboneCase,
  create: () => B,
): SharedBackbone<B> {
  let backbone: B;
  let state: GoldenState;
  beforeAll(() => {
    backbone = create();
    state = fillState(testCase.entries, testCase.state_dict_base_stream);
    expect(backbone.stateNames).toEqual(testCase.entries.map(([name]) => name));
  });
  afterAll(() => {
    backbone.dispose();
  });
  return {
    fresh: () => {
      loadStateDict(backbone, state);
      return backbone;
    },
  };
}

/** Values of a tensor, which is disposed; NHWC activations come out NCHW where `channelsFirst`. */
export async function valuesOf(tensor: tf.Tensor, channelsFirst = false): Promise<ArrayLike<number>> {
  const ordered = channelsFirst && tensor.rank === 4 ? tf.transpose(tensor, [0, 3, 1, 2]) : tf.clone(tensor);
  tensor.dispose();
  const values = await ordered.data();
  ordered.dispose();
  return values;
}

/** The file gives the noise of its tensors over their largest entry. */
export function scaledTolerance(file: GoldenFile, relativeNoise: number, expected: GoldenTensor): number {
  return tolerance(file, relativeNoise * expected.data.reduce((max, v) => Math.max(max, Math.abs(v)), 0));
}

/**
 * Activations come without a noise of their own: theirs is taken to be that of the outputs, which the file gives
 * over the largest entry. √sumsq bounds that entry, should the values be wrong altogether.
 */
export function checksumTolerance(
  file: GoldenFile,
  relativeNoise: number,
  expected: GoldenChecksum,
  actual: ArrayLike<number>,
): number {
  let largest = 0;
  for (let i = 0; i < actual.length; i++) largest = Math.max(largest, Math.abs(actual[i]));
  return tolerance(file, relativeNoise * Math.min(largest, Math.sqrt(expected.sumsq)));
}

/** Shape and values against a tensor of the file. */
export async function expectOutput(
  actual: tf.Tensor,
  expected: GoldenTensor,
  absolute: number,
  label: string,
): Promise<void> {
  expect(actual.shape, label).toEqual(expected.shape);
  expectTensor(await valuesOf(actual), expected, absolute, label);
}

/** A channel of a batch norm's bias, and what is added to it. */
export type Nudge = [bias: string, channel: number, by: number];

/**
 * The tests that every backbone file gets: outputs in both modes, buffers and gradients.
 *
 * @param nudges applied before the gradients are taken; see where they are given
 */
export function testBackboneCase<B extends Backbone>(
  file: GoldenFile,
  testCase: BackboneCase,
  shared: SharedBackbone<B>,
  nudges: Nudge[] = [],
): void {
  const checkTrainOutputs = async (outputs: tf.Tensor[]) => {
    expect(testCase.train_outputs.length).toBe(outputs.length);
    for (const [i, output] of outputs.entries()) {
      const expected = testCase.train_outputs[i];
      const absolute = scaledTolerance(file, testCase.float32_noise.train[i], expected);
      await expectOutput(output, expected, absolute, `train_outputs[${i}]`);
    }
  };

  it('eval_outputs', async () => {
    const backbone = shared.fresh();
    expect(testCase.eval_outputs.length).toBe(testCase.inputs.length);
    for (const [i, input] of testCase.inputs.entries()) {
      const images = caseImages(input);
      const expected = testCase.eval_outputs[i];
      const absolute = scaledTolerance(file, testCase.float32_noise.eval[i], expected);
      await expectOutput(
        backbone.forward(images, { training: false }),
        expected,
        absolute,
        `eval_outputs[${i}]`,
      );
      images.dispose();
    }
  });

  it('train_outputs, buffers_after_train and num_batches_tracked_after_train', async () => {
    const backbone = shared.fresh();
    const images = testCase.inputs.map(caseImages);
    await checkTrainOutputs(images.map((image) => backbone.forward(image, { training: true })));
    tf.dispose(images);
    const counters = [...backbone.buffers.keys()].filter((name) => name.endsWith('.num_batches_tracked'));
    const expectedBuffers = Object.keys(testCase.buffers_after_train);
    expect([...backbone.buffers.keys()].sort()).toEqual([...expectedBuffers, ...counters].sort());
    for (const name of expectedBuffers) {
      const expected = testCase.buffers_after_train[name];
      const buffer = backbone.buffers.get(name)!;
      expect(buffer.shape, name).toEqual(expected.shape);
      expectChecksum(await buffer.data(), expected, tolerance(file, expected.noise ?? 0), name);
    }
    for (const name of counters) {
      expect((await backbone.buffers.get(name)!.data())[0], name).toBe(
        testCase.num_batches_tracked_after_train,
      );
    }
    if (counters.length === 0) expect(testCase.num_batches_tracked_after_train).toBeNull();
  });

  it('param_grads', async () => {
    const backbone = shared.fresh();
    for (const [name, channel, by] of nudges) {
      const bias = backbone.parameters.get(name)!;
      const values = (await bias.data()).slice();
      values[channel] += by;
      tf.tidy(() => bias.assign(tf.tensor(values, bias.shape, 'float32')));
    }
    const images = testCase.inputs.map(caseImages);
    const outputs: tf.Tensor[] = [];
    const { value, grads } = tf.variableGrads(
      () =>
        tf.addN(
          images.map((image, i) => {
            const output = tf.keep(backbone.forward(image, { training: true }));
            outputs.push(output);
            const weights = hashTensor(testCase.grad_streams[i], output.size);
            return tf.sum(tf.mul(output, tf.tensor(weights, output.shape, 'float32')));
          }),
        ) as tf.Scalar,
      [...backbone.parameters.values()],
    );
    tf.dispose([value, images]);
    await checkTrainOutputs(outputs);
    expect([...backbone.parameters.keys()].sort()).toEqual(Object.keys(testCase.param_grads).sort());
    for (const [name, variable] of backbone.parameters) {
      const expected = testCase.param_grads[name];
      const gradient = grads[variable.name];
      expect(gradient.shape, name).toEqual(expected.shape);
      const absolute = tolerance(file, expected.noise);
      expectChecksum(await valuesOf(gradient), expected, absolute, `param_grads.${name}`);
    }
  });
}
