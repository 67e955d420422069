import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { configure, GraphError, type OnnxruntimeBackend } from '../src/index.ts';

const backend = () => tf.backend() as OnnxruntimeBackend;

beforeEach(async () => {
  configure({ threads: 1, strict: true, debug: false });
  await tf.setBackend('onnxruntime');
});

describe('arrays of disposed tensors', () => {
  it('hold the outputs of later graphs, and nothing that is still wanted changes', async () => {
    const kept: [tf.Tensor, number][] = [];
    let state: tf.Tensor = tf.ones([64]);
    for (let step = 1; step <= 12; step++) {
      const next: tf.Tensor = tf.tidy(() => tf.add(tf.mul(state, 2), 1));
      // Recorded only: it still wants the state that is disposed of now.
      const half: tf.Tensor = tf.tidy(() => tf.div(tf.sub(state, 1), 2));
      state.dispose();
      const expected = 2 ** (step + 1) - 1;
      expect([...(await next.data())]).toEqual(Array.from({ length: 64 }, () => expected));
      kept.push([half, (2 ** step - 2) / 2], [tf.clone(next), expected]);
      state = next;
    }
    for (const [tensor, expected] of kept) {
      expect([...(await tensor.data())]).toEqual(Array.from({ length: 64 }, () => expected));
      tensor.dispose();
    }
    state.dispose();
  });

  it('are as many after a hundred steps as after ten', async () => {
    let state: tf.Tensor = tf.zeros([1000]);
    const spare: number[] = [];
    for (let step = 0; step < 100; step++) {
      const next: tf.Tensor = tf.tidy(() => tf.add(state, 1));
      state.dispose();
      state = next;
      expect((await state.data())[999]).toBe(step + 1);
      spare.push(backend().memory().spareBytes);
    }
    state.dispose();
    expect(spare[99]).toBe(spare[9]);
  });

  it('are not those that were handed out', async () => {
    const x = tf.add(tf.zeros([16]), 3);
    const numbers = await x.data();
    x.dispose();
    for (let i = 0; i < 4; i++) {
      const y = tf.add(tf.ones([16]), i);
      await y.data();
      y.dispose();
    }
    expect([...numbers]).toEqual(Array.from({ length: 16 }, () => 3));
  });

  it('may share a value with another tensor', async () => {
    const x = tf.add(tf.zeros([8]), 5);
    // A slice of everything records nothing: two tensors, one value.
    const whole = tf.slice(x, [0], [8]);
    await x.data();
    x.dispose();
    for (let i = 0; i < 3; i++) {
      const y = tf.mul(tf.ones([8]), i);
      await y.data();
      y.dispose();
    }
    expect([...(await whole.data())]).toEqual(Array.from({ length: 8 }, () => 5));
    whole.dispose();
  });
});

describe('a graph that fails', () => {
  it('holds up nothing but what it was to compute', async () => {
    const x = tf.tensor1d([1, 2, 3]);
    const lost = tf.gather(x, tf.add(tf.tensor1d([6], 'int32'), tf.scalar(1, 'int32')));
    await expect(lost.data()).rejects.toThrow(GraphError);
    await expect(lost.data()).rejects.toThrow(/recorded by the kernel GatherV2/);
    const sound = tf.mul(x, 2);
    expect([...(await sound.data())]).toEqual([2, 4, 6]);
    await expect(tf.neg(lost).data()).rejects.toThrow(GraphError);
    expect(backend().memory().recordedTensors).toBe(0);
  });
});
