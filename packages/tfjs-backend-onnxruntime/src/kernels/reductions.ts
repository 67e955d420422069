import * as tf from '@tensorflow/tfjs-core';
import type { ElementType, Value } from '../graph/graph.ts';
import { whereNan } from './elementwise.ts';
import { type NativeKernel, type Recorder, range, sizeOf } from './recorder.ts';

interface ReductionAttributes {
  axis?: number | number[];
  reductionIndices?: number | number[];
  keepDims?: boolean;
}

function axesOf(attributes: ReductionAttributes, shape: readonly number[]): number[] {
  const axis = attributes.axis ?? attributes.reductionIndices ?? range(shape.length);
  return tf.util.parseAxisParam(axis, shape as number[]);
}

function reduction(
  operator: string,
  { through, out }: { through?: Partial<Record<ElementType, ElementType>>; out?: ElementType } = {},
): NativeKernel {
  return ({ x }, attributes, record) => {
    const given = attributes as unknown as ReductionAttributes;
    let value = record.value(x);
    // Nothing to reduce over has no largest entry; tfjs-cpu has its own answer.
    if (sizeOf(value.shape) === 0 && operator !== 'ReduceSum') record.decline();
    value = record.cast(value, through?.[value.type] ?? value.type);
    const axes = axesOf(given, value.shape);
    const reduced = record.reduce(operator, value, axes, given.keepDims ?? false);
    return finish(record, reduced, out);
  };
}

function finish(record: Recorder, value: Value, out: ElementType | undefined) {
  return out ? record.cast(value, out) : value;
}

/** ONNX's minimum passes over NaN; tfjs's is NaN. Its maximum is left as it is: see `test/conformance/exceptions.ts`. */
const min: NativeKernel = (inputs, attributes, record) => {
  const smallest = reduction('ReduceMin', { through: { bool: 'int32' } })(
    inputs,
    attributes,
    record,
  ) as Value;
  const value = record.value(inputs.x);
  if (value.type !== 'float32') return smallest;
  const nan = record.op('IsNaN', [value], value.shape, { type: 'bool' });
  const { keepDims } = attributes as unknown as ReductionAttributes;
  const axes = axesOf(attributes as unknown as ReductionAttributes, value.shape);
  const some = record.reduce('ReduceMax', record.cast(nan, 'int32'), axes, keepDims ?? false);
  return record.op(
    'Where',
    [record.cast(some, 'bool'), record.scalar(Number.NaN), smallest],
    smallest.shape,
    {
      type: 'float32',
    },
  );
};

/** The first of equal entries, as tfjs takes it. */
const extremeIndex =
  (operator: 'ArgMax' | 'ArgMin'): NativeKernel =>
  ({ x }, attributes, record) => {
    const given = attributes as unknown as ReductionAttributes;
    let value = record.value(x);
    // ArgMax stands in training steps: a pass over NaN costs more there than it is worth.
    if (operator === 'ArgMin' && value.type === 'float32') {
      value = whereNan(record, value, record.scalar(Number.POSITIVE_INFINITY), value);
    }
    if (value.type === 'bool' || sizeOf(value.shape) === 0 || value.shape.length === 0) record.decline();
    const [axis] = axesOf(given, value.shape);
    const shape = value.shape.filter((_, i) => i !== axis);
    const index = record.op(operator, [value], shape, {
      type: 'int64',
      attributes: { axis, keepdims: 0, select_last_index: 0 },
    });
    return record.cast(index, 'int32');
  };

/** max − min over booleans, by way of integers. */
const logicalReduction = (operator: string): NativeKernel =>
  reduction(operator, { through: { bool: 'int32' }, out: 'bool' });

const softmax: NativeKernel = ({ logits }, attributes, record) => {
  const { dim } = attributes as unknown as { dim: number };
  const value = record.value(logits);
  if (value.type !== 'float32') record.decline();
  return record.op('Softmax', [value], value.shape, {
    attributes: { axis: dim < 0 ? dim + value.shape.length : dim },
  });
};

const logSoftmax: NativeKernel = ({ logits }, attributes, record) => {
  const { axis } = attributes as unknown as { axis: number };
  const value = record.value(logits);
  if (value.type !== 'float32') record.decline();
  return record.op('LogSoftmax', [value], value.shape, {
    attributes: { axis: axis < 0 ? axis + value.shape.length : axis },
  });
};

const cumulativeSum: NativeKernel = ({ x }, attributes, record) => {
  const { axis, exclusive, reverse } = attributes as unknown as {
    axis: number;
    exclusive: boolean;
    reverse: boolean;
  };
  const value = record.value(x);
  if (value.type === 'bool' || sizeOf(value.shape) === 0) record.decline();
  const position = axis < 0 ? axis + value.shape.length : axis;
  return record.op('CumSum', [value, record.scalar(position, 'int64')], value.shape, {
    attributes: { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 },
  });
};

/** Entries of the table of which product takes which factor, for all rows. */
const LARGEST_TABLE = 2 ** 24;

/** Exact also where factors are 0: every product is taken over a row in which the factors that it leaves out are 1. */
const cumulativeProduct: NativeKernel = ({ x }, attributes, record) => {
  const {
    axis: given,
    exclusive,
    reverse,
  } = attributes as unknown as {
    axis: number;
    exclusive: boolean;
    reverse: boolean;
  };
  const value = record.value(x);
  const rank = value.shape.length;
  const axis = given < 0 ? given + rank : given;
  const length = value.shape[axis];
  if (value.type === 'bool' || rank === 0 || sizeOf(value.shape) * length > LARGEST_TABLE) record.decline();
  const last = range(rank).filter((i) => i !== axis);
  const moved = record.transpose(value, [...last, axis]);
  const rows = record.reshape(moved, [...moved.shape.slice(0, -1), 1, length]);

  const [product, factor] = [[length, 1], [length]].map((shape) =>
    record.reshape(record.counting(length), shape),
  );
  const [before, upTo] = reverse ? ['Greater', 'GreaterOrEqual'] : ['Less', 'LessOrEqual'];
  const table = [length, length];
  const taken = record.op(exclusive ? before : upTo, [factor, product], table, { type: 'bool' });
  const shape = [...moved.shape.slice(0, -1), ...table];
  const factors = record.op('Where', [taken, rows, record.scalar(1, value.type)], shape, {
    type: value.type,
  });
  const products = record.reduce('ReduceProd', factors, [rank], false);
  const back = range(rank).map((i) => (i === axis ? rank - 1 : last.indexOf(i)));
  return record.transpose(products, back);
};

const mean: NativeKernel = ({ x }, attributes, record) => {
  const given = attributes as unknown as ReductionAttributes;
  const value = record.value(x);
  if (sizeOf(value.shape) === 0) record.decline();
  const axes = axesOf(given, value.shape);
  return record.reduce('ReduceMean', record.cast(value, 'float32'), axes, given.keepDims ?? false);
};

export const reductionKernels: Record<string, NativeKernel> = {
  [tf.Sum]: reduction('ReduceSum', { through: { bool: 'int32' } }),
  [tf.Mean]: mean,
  [tf.Max]: reduction('ReduceMax', { through: { bool: 'int32' } }),
  [tf.Min]: min,
  [tf.Prod]: reduction('ReduceProd', { through: { bool: 'int32' } }),
  [tf.All]: logicalReduction('ReduceMin'),
  [tf.Any]: logicalReduction('ReduceMax'),
  [tf.ArgMax]: extremeIndex('ArgMax'),
  [tf.ArgMin]: extremeIndex('ArgMin'),
  [tf.Softmax]: softmax,
  [tf.LogSoftmax]: logSoftmax,
  [tf.Cumsum]: cumulativeSum,
  [tf.Cumprod]: cumulativeProduct,
};
