import type * as tfjs from '@tensorflow/tfjs-core';
import { SUM_BLOCK } from './sum-in-order.ts';
import type { DataType, TensorBackend } from './tensor-backend.ts';

type Tensor = tfjs.Tensor;

/** What the adapter uses of the tfjs namespace; `import * as tf from '@tensorflow/tfjs-core'` has it all. */
export type Tfjs = Pick<
  typeof tfjs,
  | 'abs'
  | 'add'
  | 'argMax'
  | 'cast'
  | 'clipByValue'
  | 'concat'
  | 'cumsum'
  | 'div'
  | 'equal'
  | 'exp'
  | 'gatherND'
  | 'keep'
  | 'log'
  | 'logSoftmax'
  | 'matMul'
  | 'max'
  | 'maximum'
  | 'minimum'
  | 'mul'
  | 'ones'
  | 'range'
  | 'reshape'
  | 'scatterND'
  | 'slice'
  | 'softmax'
  | 'sqrt'
  | 'stack'
  | 'sub'
  | 'sum'
  | 'tensor'
  | 'tensorScatterUpdate'
  | 'tidy'
>;

/** Longer sums are taken in blocks: single float32 accumulators (wasm) drift by 7e-4 over 65,536 equal terms. */
const LONGEST_SUM = 1024;
const SHORTEST_ROW = 1e-12;

/**
 * The operations on tfjs tensors, on whatever tfjs backend is set when they run. Only functions of the namespace
 * are used (plain Node registers no chained ones) and nothing is read back synchronously, so that backends that
 * compute later work too.
 *
 * @param tf the namespace: `import * as tf from '@tensorflow/tfjs-core'`, or `'@tensorflow/tfjs'`
 */
export function tfjsBackend(tf: Tfjs): TensorBackend<Tensor> {
  const float = (t: Tensor): Tensor => (t.dtype === 'float32' ? t : tf.cast(t, 'float32'));

  /** Sum over the last axis, kept as an axis of 1. */
  function sumLast(t: Tensor): Tensor {
    const length = t.shape[t.rank - 1];
    if (length <= LONGEST_SUM) return tf.sum(t, -1, true);
    const outer = t.shape.slice(0, -1);
    const rest = length % SUM_BLOCK;
    const even = rest === 0 ? t : tf.slice(t, outer.map(() => 0).concat(0), [...outer, length - rest]);
    const blocks = sumLast(tf.sum(tf.reshape(even, [...outer, (length - rest) / SUM_BLOCK, SUM_BLOCK]), -1));
    if (rest === 0) return blocks;
    const tail = tf.slice(t, outer.map(() => 0).concat(length - rest), [...outer, rest]);
    return tf.add(blocks, tf.sum(tail, -1, true));
  }

  /** The last of the running sums along the last axis, which every engine takes in order and in float32. */
  function lastRunningSum(t: Tensor): Tensor {
    const outer = t.shape.slice(0, -1);
    const last = t.shape[t.rank - 1] - 1;
    return tf.slice(tf.cumsum(t, t.rank - 1), [...outer.map(() => 0), last], [...outer, 1]);
  }

  /** `sumInOrder` of a vector, `[1]`. */
  function sumVector(t: Tensor): Tensor {
    const [length] = t.shape;
    if (length <= SUM_BLOCK) return lastRunningSum(t);
    const rest = length % SUM_BLOCK;
    const blocks = tf.reshape(tf.slice(t, [0], [length - rest]), [-1, SUM_BLOCK]);
    const sums = tf.reshape(lastRunningSum(blocks), [-1]);
    if (rest === 0) return lastRunningSum(sums);
    return lastRunningSum(tf.concat([sums, lastRunningSum(tf.slice(t, [length - rest], [rest]))]));
  }

  function sum(t: Tensor, axis?: number, keepDims = false): Tensor {
    return tf.tidy(() => {
      const values = float(t);
      if (axis === undefined) {
        const total = sumVector(tf.reshape(values, [t.size]));
        return tf.reshape(total, keepDims ? t.shape.map(() => 1) : []);
      }
      if (axis !== -1 && axis !== t.rank - 1) return tf.sum(values, axis, keepDims);
      return keepDims ? sumLast(values) : tf.reshape(sumLast(values), t.shape.slice(0, -1));
    });
  }

  /** `[rows, 2]` int32: (row, index of that row). */
  function entries(index: Tensor): Tensor {
    const rows = index.shape[0];
    return tf.stack([tf.range(0, rows, 1, 'int32'), index], 1);
  }

  return {
    name: 'tfjs',
    fromHost: (data, shape, dtype) =>
      tf.tensor(data, shape.slice(), dtype ?? (data instanceof Int32Array ? 'int32' : 'float32')),
    async toHost(t) {
      const shape = t.shape.slice();
      // tfjs-cpu leaves the data of a cast tensor in the array type it had
      const wanted = t.dtype === 'int32' ? Int32Array : Float32Array;
      const data = await t.data();
      return { data: data instanceof wanted ? data : wanted.from(data), shape };
    },
    shape: (t) => t.shape.slice(),

    add: (a, b) => tf.add(a, b),
    subtract: (a, b) => tf.sub(a, b),
    multiply: (a, b) => tf.mul(a, b),
    // tf.div floors the quotient of two int32 tensors
    divide: (a, b) => tf.tidy(() => tf.div(float(a), typeof b === 'number' ? b : float(b))),
    minimum: (a, b) => tf.minimum(a, b),
    maximum: (a, b) => tf.maximum(a, b),
    equal: (a, b) => tf.tidy(() => tf.cast(tf.equal(a, b), 'float32')),

    abs: (t) => tf.tidy(() => tf.abs(float(t))),
    exp: (t) => tf.tidy(() => tf.exp(float(t))),
    log: (t) => tf.tidy(() => tf.log(float(t))),
    sqrt: (t) => tf.tidy(() => tf.sqrt(float(t))),
    clamp: (t, low, high) => tf.tidy(() => tf.clipByValue(float(t), low, high)),
    cast: (t, dtype: DataType) => tf.cast(t, dtype),

    matMul: (a, b, options = {}) => tf.matMul(a, b, options.transposeA ?? false, options.transposeB ?? false),

    sum,
    mean: (t, axis, keepDims) =>
      tf.tidy(() => {
        const total = sum(t, axis, keepDims);
        return tf.div(total, t.size / total.size);
      }),
    max: (t, axis, keepDims) => tf.tidy(() => tf.max(float(t), axis, keepDims)),
    argMax: (t, axis = -1) => tf.argMax(t, axis),
    softmax: (t) => tf.softmax(t),
    logSoftmax: (t) => tf.logSoftmax(t),
    l2Normalise: (t) =>
      tf.tidy(() => tf.div(t, tf.maximum(tf.sqrt(sum(tf.mul(t, t), -1, true)), SHORTEST_ROW))),

    countLabels: (labels, clusters) =>
      tf.tidy(() => tf.scatterND(tf.reshape(labels, [labels.size, 1]), tf.ones([labels.size]), [clusters])),
    gatherEntry: (t, index) => tf.tidy(() => tf.gatherND(t, entries(index))),
    // The product makes the copy: tfjs-cpu's tensorScatterUpdate writes into its argument.
    scatterEntry: (t, index, values) =>
      tf.tidy(() => tf.tensorScatterUpdate(tf.mul(t, 1), entries(index), values)),
    sliceRows: (t, start, count) =>
      tf.slice(t, [start, ...t.shape.slice(1).map(() => 0)], [count, ...t.shape.slice(1)]),
    concatRows: (tensors) => tf.concat([...tensors], 0),

    dispose: (t) => t.dispose(),
    scope: <R>(body: () => R): R => tf.tidy(body as () => tfjs.TensorContainer) as R,
    keep: (t) => tf.keep(t),
  };
}
