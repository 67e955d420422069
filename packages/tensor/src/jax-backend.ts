import type * as jaxjs from '@jax-js/jax';
import { createArrayScopes } from './array-scopes.ts';
import { SUM_BLOCK } from './sum-in-order.ts';
import type { DataType, TensorBackend } from './tensor-backend.ts';

type Array = jaxjs.numpy.Array;

/** What the adapter uses of the jax-js namespace; `import * as jax from '@jax-js/jax'` has it all. */
export type Jax = Pick<typeof jaxjs, 'numpy' | 'nn'>;

const SHORTEST_ROW = 1e-12;

/**
 * The operations on jax-js arrays, on the device that is the default when they run. jax-js arrays are used up by
 * the operations that take them; those of this backend use up nothing, so an array that goes in is still yours, and
 * what comes out is one more reference: pass it on to jax-js, or dispose it.
 *
 * @param jax the namespace: `import * as jax from '@jax-js/jax'`
 * @throws ReferenceError where there is no global `navigator` (Node 20), which jax-js reads
 */
export function jaxBackend(jax: Jax): TensorBackend<Array> {
  if (!('navigator' in globalThis)) {
    throw new ReferenceError(
      'jax-js reads the global `navigator`, which Node has from version 21 on: run `globalThis.navigator ??= {}` first',
    );
  }
  const { numpy: np, nn } = jax;
  const scopes = createArrayScopes((value): value is Array => value instanceof np.Array);
  const { made } = scopes;

  // The functions up to the returned object use up the arrays they are given, as those of jax-js do.

  /**
   * jax-js turns equal entries into a constant, which it simplifies: NaN · 0 is 0 then. Entries that are not all
   * equal stay data, so one more goes in, and is left out of the view.
   */
  function place(data: Float32Array | Int32Array, shape: readonly number[]): Array {
    const { length } = data;
    if (length === 0)
      return np.zeros(shape.slice(), { dtype: data instanceof Int32Array ? np.int32 : np.float32 });
    if (data.some((value) => !Object.is(value, data[0]))) {
      return np.array(data.slice(), { shape: shape.slice() });
    }
    const padded = data instanceof Int32Array ? new Int32Array(length + 1) : new Float32Array(length + 1);
    padded.set(data);
    padded[length] = data[0] === 0 ? 1 : 0;
    return np.array(padded).slice([0, length]).reshape(shape.slice());
  }

  /** A number, as float32: jax-js gives a bare one the type of its neighbour (7 + 0.5 = 7). */
  const operand = (b: Array | number): Array =>
    typeof b === 'number' ? place(Float32Array.of(b), []) : b.ref;
  const float = (t: Array): Array => (t.dtype === np.float32 ? t : t.astype(np.float32));

  /** Sum over axis `at`, kept as an axis of 1. In blocks: one float32 accumulator drifts by 7e-4 over 65,536 terms. */
  function sumAxis(t: Array, at: number): Array {
    const length = t.shape[at];
    if (length <= SUM_BLOCK) return np.sum(t, at, { keepdims: true });
    const rest = length % SUM_BLOCK;
    const before = t.shape.slice(0, at);
    const after = t.shape.slice(at + 1);
    const part = (from: number, to: number): Array => t.ref.slice(...before.map((): [] => []), [from, to]);
    const blocks = part(0, length - rest).reshape([...before, -1, SUM_BLOCK, ...after]);
    const sum = sumAxis(np.sum(blocks, at + 1), at);
    const total = rest === 0 ? sum : sum.add(np.sum(part(length - rest, length), at, { keepdims: true }));
    t.dispose();
    return total;
  }

  function sum(input: Array, axis?: number, keepDims = false): Array {
    const t = float(input);
    const { shape } = t;
    if (axis === undefined) return sumAxis(t.reshape([-1]), 0).reshape(keepDims ? shape.map(() => 1) : []);
    const at = axis < 0 ? axis + shape.length : axis;
    const total = sumAxis(t, at);
    return keepDims ? total : total.reshape(shape.filter((_, i) => i !== at));
  }

  function mean(t: Array, axis?: number, keepDims?: boolean): Array {
    const { size } = t;
    const total = sum(t, axis, keepDims);
    const count = size / total.size;
    return total.div(count);
  }

  /** `[rows, K]`: 1 where the column is that of the row's index. */
  const isEntry = (index: Array, columns: number): Array =>
    np.equal(np.arange(columns, undefined, undefined, { dtype: np.int32 }), index.reshape([-1, 1]));

  function l2Normalise(t: Array): Array {
    const values = float(t);
    const squares = np.square(values.ref);
    const lengths = np.sqrt(sumAxis(squares, values.ndim - 1));
    return values.div(np.maximum(lengths, SHORTEST_ROW));
  }

  return {
    name: 'jax',
    fromHost(data, shape, dtype = data instanceof Int32Array ? 'int32' : 'float32') {
      const Wanted = dtype === 'int32' ? Int32Array : Float32Array;
      return made(place(data instanceof Wanted ? data : Wanted.from(data), shape));
    },
    async toHost(t) {
      const shape = t.shape.slice();
      const data = await t.ref.data();
      return { data: data instanceof Int32Array ? data : Float32Array.from(data), shape };
    },
    shape: (t) => t.shape.slice(),

    add: (a, b) => made(np.add(a.ref, operand(b))),
    subtract: (a, b) => made(np.subtract(a.ref, operand(b))),
    multiply: (a, b) => made(np.multiply(a.ref, operand(b))),
    divide: (a, b) => made(np.trueDivide(float(a.ref), float(operand(b)))),
    minimum: (a, b) => made(np.minimum(a.ref, operand(b))),
    maximum: (a, b) => made(np.maximum(a.ref, operand(b))),
    equal: (a, b) => made(np.equal(a.ref, operand(b)).astype(np.float32)),

    abs: (t) => made(np.absolute(float(t.ref))),
    exp: (t) => made(np.exp(float(t.ref))),
    log: (t) => made(np.log(float(t.ref))),
    sqrt: (t) => made(np.sqrt(float(t.ref))),
    clamp: (t, low, high) => made(np.clip(float(t.ref), low, high)),
    cast: (t, dtype: DataType) => made(t.ref.astype(dtype === 'int32' ? np.int32 : np.float32)),

    matMul(a, b, { transposeA = false, transposeB = false } = {}) {
      return made(np.matmul(transposeA ? a.ref.transpose() : a.ref, transposeB ? b.ref.transpose() : b.ref));
    },

    sum: (t, axis, keepDims) => made(sum(t.ref, axis, keepDims)),
    mean: (t, axis, keepDims) => made(mean(t.ref, axis, keepDims)),
    max: (t, axis, keepDims = false) => made(np.max(float(t.ref), axis ?? null, { keepdims: keepDims })),
    argMax: (t, axis = -1) => made(np.argmax(t.ref, axis)),
    softmax: (t) => made(nn.softmax(float(t.ref), -1)),
    logSoftmax: (t) => made(nn.logSoftmax(float(t.ref), -1)),
    l2Normalise: (t) => made(l2Normalise(t.ref)),

    countLabels: (labels, clusters) => made(sum(isEntry(labels.ref, clusters), 0)),
    gatherEntry: (t, index) => made(np.takeAlongAxis(t.ref, index.ref.reshape([-1, 1]), 1).reshape([-1])),
    scatterEntry: (t, index, values) =>
      made(np.where(isEntry(index.ref, t.shape[1]), float(values.ref).reshape([-1, 1]), float(t.ref))),
    sliceRows: (t, start, count) => made(t.ref.slice([start, start + count])),
    concatRows: (tensors) =>
      made(
        np.concatenate(
          tensors.map((t) => t.ref),
          0,
        ),
      ),

    dispose: scopes.dispose,
    scope: scopes.scope,
    keep: scopes.keep,
  };
}
