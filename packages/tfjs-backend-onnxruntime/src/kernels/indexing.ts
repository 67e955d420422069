import * as tf from '@tensorflow/tfjs-core';
import type { Value } from '../graph/graph.ts';
import { type NativeKernel, type Recorder, sizeOf } from './recorder.ts';

export const zeros = (record: Recorder, shape: readonly number[], type: Value['type']): Value =>
  record.expand(record.scalar(0, type), shape);

/**
 * Where the indices are known, a wrong one throws at the call, as in tfjs. Where they are yet to be computed, it
 * throws when they are; then only those from −length to −1 pass unseen, and count from the end.
 */
function checkBounds(record: Recorder, indices: tf.TensorInfo, length: number): void {
  const wrong = (record.known(indices) as Int32Array | undefined)?.find((at) => at < 0 || at >= length);
  if (wrong === undefined) return;
  throw new Error(`GatherV2: the index value ${wrong} is not in [0, ${length - 1}]`);
}

const gather: NativeKernel = ({ x, indices }, attributes, record) => {
  const { axis: given, batchDims } = attributes as unknown as { axis: number; batchDims?: number };
  const [values, places] = [record.value(x), record.value(indices)];
  const axis = tf.util.parseAxisParam(given, x.shape)[0];
  const [whole, where] = [x, indices] as tf.Tensor[];
  const info = tf.backend_util.segment_util.collectGatherOpShapeInfo(whole, where, axis, batchDims ?? 0);
  if (places.type !== 'int32' || sizeOf(values.shape) === 0) record.decline();
  checkBounds(record, indices, x.shape[axis]);
  if (!batchDims) return record.op('Gather', [values, places], info.outputShape, { attributes: { axis } });
  return gatherInBatches(record, values, places, info);
};

type GatherInfo = tf.backend_util.segment_util.GatherOpShapeInfo;

/** Every batch by indices of its own. */
function gatherInBatches(record: Recorder, values: Value, indices: Value, info: GatherInfo): Value {
  const { batchSize, outerSize, dimSize, sliceSize, outputShape } = info;
  const count = sizeOf(indices.shape) / batchSize;
  const split = record.reshape(values, [batchSize, outerSize, dimSize, sliceSize]);
  const rows = record.transpose(split, [0, 2, 1, 3]);
  const places = record.reshape(record.cast(indices, 'int64'), [batchSize, count, 1]);
  const taken = record.op('GatherND', [rows, places], [batchSize, count, outerSize, sliceSize], {
    attributes: { batch_dims: 1 },
  });
  return record.reshape(record.transpose(taken, [0, 2, 1, 3]), outputShape);
}

const gatherNd: NativeKernel = ({ params, indices }, _attributes, record) => {
  tf.gather_util.prepareAndValidate(params as tf.Tensor, indices as tf.Tensor);
  const [values, places] = [record.value(params), record.value(indices)];
  if (places.type !== 'int32' || sizeOf(values.shape) === 0 || sizeOf(places.shape) === 0) record.decline();
  const depth = places.shape[places.shape.length - 1];
  if (depth === 0) record.decline();
  const shape = [...places.shape.slice(0, -1), ...values.shape.slice(depth)];
  return record.op('GatherND', [values, record.cast(places, 'int64')], shape);
};

export function scatter(
  record: Recorder,
  into: Value,
  indices: Value,
  updates: Value,
  reduction: 'add' | 'none',
): Value {
  return record.op('ScatterND', [into, record.cast(indices, 'int64'), updates], into.shape, {
    attributes: { reduction },
  });
}

/** `updates` written over `into`, or added to it. Indices of fewer than two axes are of rows, one each. */
function scattered(
  record: Recorder,
  into: Value,
  indices: Value,
  updates: Value,
  reduction: 'add' | 'none',
): Value {
  if (into.type === 'bool' || into.type !== updates.type || sizeOf(into.shape) === 0) record.decline();
  const places = indices.shape.length > 1 ? indices : record.reshape(indices, [sizeOf(indices.shape), 1]);
  if (sizeOf(places.shape) === 0) record.decline();
  const depth = places.shape[places.shape.length - 1];
  const wanted = [...places.shape.slice(0, -1), ...into.shape.slice(depth)];
  const single = sizeOf(updates.shape) === 1;
  const fitting = single
    ? record.expand(record.reshape(updates, []), wanted)
    : record.reshape(updates, wanted);
  return scatter(record, into, places, fitting, reduction);
}

const scatterNd: NativeKernel = ({ indices, updates }, attributes, record) => {
  const { shape } = attributes as unknown as { shape: number[] };
  const values = record.value(updates);
  return scattered(record, zeros(record, shape, values.type), record.value(indices), values, 'add');
};

const tensorScatterUpdate: NativeKernel = ({ tensor, indices, updates }, _attributes, record) =>
  scattered(record, record.value(tensor), record.value(indices), record.value(updates), 'none');

const sparseToDense: NativeKernel = ({ sparseIndices, sparseValues, defaultValue }, attributes, record) => {
  const { outputShape } = attributes as unknown as { outputShape: number[] };
  const into = record.expand(record.reshape(record.value(defaultValue), []), outputShape);
  return scattered(record, into, record.value(sparseIndices), record.value(sparseValues), 'none');
};

/** Rows of one segment are added up; a row with a negative id is in none, so one more segment takes it. */
const unsortedSegmentSum: NativeKernel = ({ x, segmentIds }, attributes, record) => {
  const { numSegments } = attributes as unknown as { numSegments: number };
  const [values, ids] = [record.value(x), record.value(segmentIds)];
  if (values.type === 'bool' || sizeOf(values.shape) === 0) record.decline();
  const rest = values.shape.slice(1);
  const inside = record.op('GreaterOrEqual', [ids, record.scalar(0, 'int32')], ids.shape, { type: 'bool' });
  const safe = record.op('Where', [inside, ids, record.scalar(numSegments, 'int32')], ids.shape, {
    type: 'int32',
  });
  const into = zeros(record, [numSegments + 1, ...rest], values.type);
  const places = record.reshape(safe, [...ids.shape, 1]);
  const sums = scatter(record, into, places, values, 'add');
  return record.slice(
    sums,
    sums.shape.map(() => 0),
    [numSegments, ...rest],
  );
};

const oneHot: NativeKernel = ({ indices }, attributes, record) => {
  const { dtype, depth, onValue, offValue } = attributes as unknown as {
    dtype: 'float32' | 'int32' | 'bool';
    depth: number;
    onValue: number;
    offValue: number;
  };
  const places = record.value(indices);
  if (places.type !== 'int32') record.decline();
  const column = record.reshape(record.cast(places, 'int64'), [...places.shape, 1]);
  const shape = [...places.shape, depth];
  const equal = record.op('Equal', [column, record.counting(depth)], shape, { type: 'bool' });
  const type = dtype === 'bool' ? 'int32' : (dtype ?? 'int32');
  const values = [onValue, offValue].map((value) => record.scalar(value, type));
  const hot = record.op('Where', [equal, ...values], shape, { type });
  return dtype === 'bool' ? record.cast(hot, 'bool') : hot;
};

/** How many entries of a sorted row stand before each value. */
const searchSorted: NativeKernel = ({ sortedSequence, values }, attributes, record) => {
  const { side } = attributes as unknown as { side: 'left' | 'right' };
  const [sorted, wanted] = [record.value(sortedSequence), record.value(values)];
  const [rows, length] = sorted.shape;
  const table = [rows, wanted.shape[1], length];
  if (sorted.type === 'bool' || sorted.type !== wanted.type || sizeOf(table) > LARGEST_TABLE)
    record.decline();
  const entries = record.reshape(sorted, [rows, 1, length]);
  const column = record.reshape(wanted, [...wanted.shape, 1]);
  const before = record.op(side === 'left' ? 'Less' : 'LessOrEqual', [entries, column], table, {
    type: 'bool',
  });
  return record.reduce('ReduceSum', record.cast(before, 'int32'), [2], false);
};

/** Comparisons of one search, all of which are made. */
const LARGEST_TABLE = 2 ** 24;

const topK: NativeKernel = ({ x }, attributes, record) => {
  const { k } = attributes as unknown as { k: number };
  const value = record.value(x);
  if (value.type === 'bool' || sizeOf(value.shape) === 0) record.decline();
  const axis = value.shape.length - 1;
  const shape = [...value.shape.slice(0, -1), k];
  if (k === 0) return [record.empty(shape, value.type), record.empty(shape, 'int32')];
  // Sorted even where it need not be: only then is the first of equal entries taken first.
  const [largest, places] = record.ops(
    'TopK',
    [value, record.ints([k])],
    [
      { shape, type: value.type },
      { shape, type: 'int64' },
    ],
    { axis, largest: 1, sorted: 1 },
  );
  return [largest, record.cast(places, 'int32')];
};

export const indexingKernels: Record<string, NativeKernel> = {
  [tf.GatherV2]: gather,
  [tf.GatherNd]: gatherNd,
  [tf.ScatterNd]: scatterNd,
  [tf.TensorScatterUpdate]: tensorScatterUpdate,
  [tf.SparseToDense]: sparseToDense,
  [tf.UnsortedSegmentSum]: unsortedSegmentSum,
  [tf.OneHot]: oneHot,
  [tf.SearchSorted]: searchSorted,
  [tf.TopK]: topK,
};
