import * as tf from '@tensorflow/tfjs-core';
import type { Value } from '../graph/graph.ts';
import { scatter, zeros } from './indexing.ts';
import { type NativeKernel, type Recorder, sizeOf } from './recorder.ts';

/**
 * Where the numbers of each row are counted: [rows · length, 2]. Those of `size` and above are counted in a place of
 * their own; a negative one has none, so that the graph fails if it could not be found out at the call.
 */
function places(record: Recorder, numbers: Value, size: number): Value {
  const [rows, length] = numbers.shape;
  const scalar = (value: number) => record.scalar(value, 'int32');
  const capped = record.op('Min', [numbers, scalar(size)], numbers.shape);
  const negative = record.op('Less', [numbers, scalar(0)], numbers.shape, { type: 'bool' });
  const safe = record.op('Where', [negative, scalar(size + 1), capped], numbers.shape, { type: 'int32' });
  const row = record.reshape(record.cast(record.counting(rows), 'int32'), [rows, 1]);
  const parts = [record.expand(row, numbers.shape), safe].map((part) =>
    record.reshape(part, [rows * length, 1]),
  );
  return record.op('Concat', parts, [rows * length, 2], { attributes: { axis: 1 } });
}

/** [rows, size] of [rows, length], else [size]. */
function count(
  record: Recorder,
  x: tf.TensorInfo,
  weights: tf.TensorInfo,
  { size, inRows, binary }: { size: number; inRows: boolean; binary: boolean },
): Value {
  const [numbers, given] = [record.value(x), record.value(weights)];
  if (numbers.type !== 'int32' || given.type === 'bool' || sizeOf(x.shape) === 0) record.decline();
  if ((record.known(x) as Int32Array | undefined)?.some((number) => number < 0)) {
    throw new Error('Input x must be non-negative!');
  }
  const [rows, length] = inRows ? x.shape : [1, sizeOf(x.shape)];
  const into = zeros(record, [rows, size + 1], given.type);
  const weightless = binary || sizeOf(given.shape) === 0;
  const updates = weightless
    ? record.expand(record.scalar(1, given.type), [rows * length])
    : record.reshape(given, [rows * length]);
  const where = places(record, record.reshape(numbers, [rows, length]), size);
  const counts = scatter(record, into, where, updates, binary ? 'none' : 'add');
  return record.reshape(record.slice(counts, [0, 0], [rows, size]), inRows ? [rows, size] : [size]);
}

const bincount: NativeKernel = ({ x, weights }, attributes, record) =>
  count(record, x, weights, { ...(attributes as unknown as { size: number }), inRows: false, binary: false });

const denseBincount: NativeKernel = ({ x, weights }, attributes, record) => {
  const { size, binaryOutput } = attributes as unknown as { size: number; binaryOutput?: boolean };
  if (x.shape.length > 2) record.decline();
  // tfjs looks at binaryOutput only where there are rows.
  const inRows = x.shape.length === 2;
  return count(record, x, weights, { size, inRows, binary: inRows && Boolean(binaryOutput) });
};

export const countingKernels: Record<string, NativeKernel> = {
  [tf.Bincount]: bincount,
  [tf.DenseBincount]: denseBincount,
};
