import { memory } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startEngine } from '../src/engines/start-engine.ts';

/** Runs a suite on the reference and on wasm; after every test the tensor count must be what it was before. */
export function describeEveryEngine(
  title: string,
  suite: (engine: 'cpu' | 'wasm' | 'onnxruntime') => void,
): void {
  describe.each(['cpu', 'wasm', 'onnxruntime'] as const)(`${title} on %s`, (engine) => {
    let before = 0;
    beforeAll(async () => {
      await startEngine(engine);
    });
    beforeEach(() => {
      before = memory().numTensors;
    });
    afterEach(() => {
      expect(memory().numTensors, 'tensors alive after the test').toBe(before);
    });
    suite(engine);
  });
}
