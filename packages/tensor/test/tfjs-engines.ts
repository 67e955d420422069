import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@excb/tfjs-backend-onnxruntime';
import { type Tfjs, tfjsBackend } from '../src/tfjs.ts';

/** The tfjs engines that the tests run on. */
export const engines = ['cpu', 'wasm', 'onnxruntime'] as const;

/** The adapter with that engine set. */
export async function startTfjs(engine: (typeof engines)[number]) {
  if (!(await tf.setBackend(engine))) throw new Error(`tfjs has no working backend ${engine}`);
  await tf.ready();
  return tfjsBackend(tf satisfies Tfjs);
}
