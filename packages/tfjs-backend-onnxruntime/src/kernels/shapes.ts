import * as tf from '@tensorflow/tfjs-core';
import type { Value } from '../graph/graph.ts';
import { type NativeKernel, type Recorder, range, sizeOf } from './recorder.ts';

/** The same numbers under another shape: nothing is recorded, tfjs keeps one buffer. */
function reshaped(record: Recorder, x: tf.TensorInfo, shape: readonly number[]): Value {
  return record.reshape(record.value(x), shape);
}

const reshape: NativeKernel = ({ x }, attributes, record) => {
  const { shape } = attributes as unknown as { shape: number[] };
  const inferred = tf.util.inferFromImplicitShape(shape, sizeOf(x.shape));
  if (sizeOf(inferred) !== sizeOf(x.shape)) {
    throw new Error(
      `reshape: got [${x.shape}] to [${inferred}], expected as many elements: ${sizeOf(x.shape)} and ${sizeOf(inferred)}`,
    );
  }
  return record.alias(x, inferred);
};

const expandDims: NativeKernel = ({ input }, attributes, record) => {
  const { dim } = attributes as unknown as { dim: number };
  const shape = input.shape.slice();
  tf.util.assert(
    dim >= -(shape.length + 1) && dim <= shape.length,
    () => `expandDims: got axis ${dim}, expected one in [${-(shape.length + 1)}, ${shape.length}]`,
  );
  shape.splice(dim < 0 ? dim + shape.length + 1 : dim, 0, 1);
  return record.alias(input, shape);
};

const transpose: NativeKernel = ({ x }, attributes, record) => {
  const { perm } = attributes as unknown as { perm: number[] };
  return record.transpose(record.value(x), perm);
};

const slice: NativeKernel = ({ x }, attributes, record) => {
  const { begin, size } = attributes as unknown as { begin: number[]; size: number[] };
  const [start, lengths] = tf.slice_util.parseSliceParams(x as tf.Tensor, begin, size);
  tf.slice_util.assertParamsValid(x as tf.Tensor, start, lengths);
  return record.slice(record.value(x), start, lengths);
};

/** As the end of a Slice that goes backwards. */
const BEFORE_FIRST = -(2 ** 31);

const stridedSlice: NativeKernel = ({ x }, attributes, record) => {
  const given = attributes as unknown as {
    begin: number[];
    end: number[];
    strides: number[];
    beginMask: number;
    endMask: number;
    ellipsisMask: number;
    newAxisMask: number;
    shrinkAxisMask: number;
  };
  const info = tf.slice_util.sliceInfo(
    x.shape,
    given.begin,
    given.end,
    given.strides,
    given.beginMask,
    given.endMask,
    given.ellipsisMask,
    given.newAxisMask,
    given.shrinkAxisMask,
  );
  const value = record.value(x);
  if (info.isIdentity) return record.reshape(value, info.finalShape);
  if (info.sliceDim0 || info.isSimpleSlice) {
    const size = tf.slice_util.computeOutShape(info.begin, info.end, info.strides);
    return record.reshape(record.slice(value, info.begin, size), info.finalShape);
  }
  const shape = tf.slice_util.computeOutShape(info.begin, info.end, info.strides);
  if (sizeOf(shape) === 0) return record.empty(info.finalShape, value.type);
  const axes = range(info.begin.length);
  // Backwards, −1 is before the first entry; to ONNX it is the last one.
  const end = info.end.map((at, i) => (info.strides[i] < 0 && at < 0 ? BEFORE_FIRST : at));
  const taken = record.op(
    'Slice',
    [value, record.ints(info.begin), record.ints(end), record.ints(axes), record.ints(info.strides)],
    shape,
  );
  return record.reshape(taken, info.finalShape);
};

function concatenate(record: Recorder, values: Value[], axis: number): Value {
  const shape = values[0].shape.slice();
  shape[axis] = values.reduce((sum, value) => sum + value.shape[axis], 0);
  return record.op('Concat', values, shape, { attributes: { axis } });
}

const concat: NativeKernel = (inputs, attributes, record) => {
  const all = Object.values(inputs);
  const axis = tf.util.parseAxisParam((attributes as unknown as { axis: number }).axis, all[0].shape)[0];
  tf.backend_util.assertParamsConsistent(
    all.map(({ shape }) => shape),
    axis,
  );
  const values = all.filter(({ shape }) => sizeOf(shape) > 0).map((tensor) => record.value(tensor));
  if (values.length === 0) {
    const shape = tf.backend_util.computeOutShape(
      all.map((tensor) => tensor.shape),
      axis,
    );
    return record.empty(shape, record.value(all[0]).type);
  }
  if (values.some(({ type }) => type !== values[0].type)) record.decline();
  return values.length === 1 ? values[0] : concatenate(record, values, axis);
};

const pack: NativeKernel = (inputs, attributes, record) => {
  const { axis } = attributes as unknown as { axis: number };
  const tensors = Object.values(inputs);
  for (const { shape, dtype } of tensors) {
    tf.util.assertShapesMatch(
      shape,
      tensors[0].shape,
      'All tensors passed to stack must have matching shapes',
    );
    tf.util.assert(
      dtype === tensors[0].dtype,
      () => `All tensors passed to stack must have matching dtypes: got ${tensors[0].dtype} and ${dtype}`,
    );
  }
  const values = tensors.map((tensor) => {
    const shape = tensor.shape.slice();
    shape.splice(axis, 0, 1);
    return reshaped(record, tensor, shape);
  });
  if (sizeOf(values[0].shape) === 0) record.decline();
  return concatenate(record, values, axis);
};

const unpack: NativeKernel = ({ value }, attributes, record) => {
  const axis = tf.util.parseAxisParam((attributes as unknown as { axis: number }).axis, value.shape)[0];
  const whole = record.value(value);
  const size = whole.shape.slice();
  size[axis] = 1;
  const shape = whole.shape.filter((_, i) => i !== axis);
  return range(whole.shape[axis]).map((i) => {
    const begin = whole.shape.map((_, j) => (j === axis ? i : 0));
    return record.reshape(record.slice(whole, begin, size), shape);
  });
};

const split: NativeKernel = ({ x }, attributes, record) => {
  const given = attributes as unknown as { numOrSizeSplits: number | number[]; axis: number };
  const axis = tf.util.parseAxisParam(given.axis, x.shape)[0];
  const sizes = tf.backend_util.prepareSplitSize(x as tf.Tensor, given.numOrSizeSplits, axis);
  const value = record.value(x);
  let start = 0;
  return sizes.map((length) => {
    const begin = value.shape.map((_, i) => (i === axis ? start : 0));
    const size = value.shape.map((whole, i) => (i === axis ? length : whole));
    start += length;
    return record.slice(value, begin, size);
  });
};

const pad: NativeKernel = ({ x }, attributes, record) => {
  const { paddings, constantValue: fill } = attributes as unknown as {
    paddings: [number, number][];
    constantValue: number;
  };
  const value = record.value(x);
  if (value.shape.length === 0 || sizeOf(value.shape) === 0) record.decline();
  if (paddings.every(([before, after]) => before === 0 && after === 0)) return record.alias(x, x.shape);
  const shape = value.shape.map((length, i) => length + paddings[i][0] + paddings[i][1]);
  const pads = [...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)];
  return record.op('Pad', [value, record.ints(pads), record.scalar(fill, value.type)], shape, {
    attributes: { mode: 'constant' },
  });
};

/** Where an entry of a mirrored axis comes from: `edge` is 1 where the outermost entry is repeated, else 0. */
const mirrored = (length: number, [before, after]: readonly number[], edge: number): number[] =>
  range(before + length + after).map((i) => {
    const at = i - before;
    if (at < 0) return -at - edge;
    return at < length ? at : 2 * (length - 1) - at + edge;
  });

const mirrorPad: NativeKernel = ({ x }, attributes, record) => {
  const { paddings, mode } = attributes as unknown as {
    paddings: [number, number][];
    mode: 'reflect' | 'symmetric';
  };
  let value = record.value(x);
  paddings.forEach((sides, axis) => {
    if (sides.every((side) => side === 0)) return;
    const places = mirrored(value.shape[axis], sides, mode === 'symmetric' ? 1 : 0);
    const shape = value.shape.map((length, i) => (i === axis ? places.length : length));
    value = record.op('Gather', [value, record.ints(places)], shape, { attributes: { axis } });
  });
  return value;
};

const tile: NativeKernel = ({ x }, attributes, record) => {
  const { reps } = attributes as unknown as { reps: number[] };
  const value = record.value(x);
  if (reps.length !== value.shape.length) record.decline();
  const shape = value.shape.map((length, i) => length * reps[i]);
  // Repeating an axis of one is broadcasting.
  if (value.shape.every((length, i) => length === 1 || reps[i] === 1)) return record.expand(value, shape);
  return record.op('Tile', [value, record.ints(reps)], shape);
};

const broadcastTo: NativeKernel = ({ x }, attributes, record) => {
  const { shape } = attributes as unknown as { shape: number[] };
  return record.expand(record.value(x), shape);
};

const reverse: NativeKernel = ({ x }, attributes, record) => {
  const { dims } = attributes as unknown as { dims: number | number[] };
  const value = record.value(x);
  const axes = tf.util.parseAxisParam(dims, value.shape as number[]);
  if (axes.length === 0 || value.shape.length === 0 || sizeOf(value.shape) === 0)
    return record.alias(x, x.shape);
  return reversed(record, value, axes);
};

export function reversed(record: Recorder, value: Value, axes: readonly number[]): Value {
  const backwards = record.ints(axes.map(() => -1));
  const end = record.ints(axes.map(() => BEFORE_FIRST));
  return record.op('Slice', [value, backwards, end, record.ints(axes), backwards], value.shape);
}

/** Left and right swapped, of NHWC images. */
const flip: NativeKernel = ({ image }, _attributes, record) => reversed(record, record.value(image), [2]);

/** x on the diagonal: rows of x and n zeros, read on as rows of n. */
const diag: NativeKernel = ({ x }, _attributes, record) => {
  const value = record.value(x);
  const n = sizeOf(value.shape);
  if (value.type === 'bool' || n === 0) record.decline();
  const rows = record.op('Pad', [record.reshape(value, [n, 1]), record.ints([0, 0, 0, n])], [n, n + 1], {
    attributes: { mode: 'constant' },
  });
  const square = record.slice(record.reshape(rows, [n * (n + 1)]), [0], [n * n]);
  return record.reshape(square, [...value.shape, ...value.shape]);
};

export const shapeKernels: Record<string, NativeKernel> = {
  [tf.Reshape]: reshape,
  [tf.ExpandDims]: expandDims,
  [tf.Transpose]: transpose,
  [tf.Slice]: slice,
  [tf.StridedSlice]: stridedSlice,
  [tf.Concat]: concat,
  [tf.Pack]: pack,
  [tf.Unpack]: unpack,
  [tf.SplitV]: split,
  [tf.PadV2]: pad,
  [tf.MirrorPad]: mirrorPad,
  [tf.Tile]: tile,
  [tf.BroadcastTo]: broadcastTo,
  [tf.Reverse]: reverse,
  [tf.FlipLeftRight]: flip,
  [tf.Diag]: diag,
};
