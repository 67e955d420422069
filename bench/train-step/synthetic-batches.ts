import { randomStream } from '@excb/augment';
import type { ViewBatch, ViewTensor } from '@excb/data';
import type { TrainConfig } from '@excb/trainer';
import { viewSizes } from './works.ts';

/** Batches that steps take by turns. */
const BATCHES = 4;

/** Views of uniform noise of variance 1, the same in every process. */
export function syntheticBatches(config: TrainConfig): ViewBatch[] {
  const { globals, globalSize, locals, localSize } = viewSizes(config);
  const { batch } = config;
  const indices = Int32Array.from({ length: batch }, (_, i) => i);
  return Array.from({ length: BATCHES }, (_, step) => ({
    globals: noise(globals * batch, globalSize, step, 0),
    locals: noise(locals * batch, localSize, step, 1),
    indices,
    epoch: 0,
    step,
  }));
}

function noise(rows: number, side: number, ...keys: number[]): ViewTensor {
  const random = randomStream(...keys);
  const data = new Float32Array(rows * side * side * 3);
  for (let i = 0; i < data.length; i++) data[i] = Math.sqrt(12) * (random.next() - 0.5);
  return { data, shape: [rows, side, side, 3] };
}
