import { plainAssign } from './host-assign.ts';
import { combine, map } from './host-elementwise.ts';
import { countLabels, gatherEntry, scatterEntry } from './host-labels.ts';
import { matMul } from './host-matrix.ts';
import { argMax, l2Normalise, reduce, softmax } from './host-reduce.ts';
import { concatRows, sliceRows } from './host-rows.ts';
import { showShape, sizeOf } from './host-shape.ts';
import { ShapeError } from './shape-error.ts';
import { simdAssign } from './simd-assign.ts';
import { sumInOrder } from './sum-in-order.ts';
import type { DataType, HostTensor, TensorBackend } from './tensor-backend.ts';

function converted(data: Float32Array | Int32Array, dtype: DataType): Float32Array | Int32Array {
  const wanted = dtype === 'int32' ? Int32Array : Float32Array;
  return data instanceof wanted ? data : wanted.from(data);
}

function fromHost(data: Float32Array | Int32Array, shape: readonly number[], dtype?: DataType): HostTensor {
  if (data.length !== sizeOf(shape)) {
    throw new ShapeError(
      `fromHost: ${data.length} entries for shape ${showShape(shape)}, which holds ${sizeOf(shape)}`,
    );
  }
  return { data: dtype ? converted(data, dtype) : data, shape: shape.slice() };
}

function sum(t: HostTensor, axis?: number, keepDims = false): HostTensor {
  if (axis !== undefined) return reduce('sum', t, axis, keepDims);
  return { data: Float32Array.of(sumInOrder(t.data)), shape: keepDims ? t.shape.map(() => 1) : [] };
}

/** How the host backend works. */
export interface HostOptions {
  /** `fused.assign` by a WebAssembly kernel, where that runs; else in plain JavaScript. Default: true. */
  simd?: boolean;
}

/**
 * The operations on typed arrays in plain JavaScript. Entries are float32 or int32; sums along an axis and
 * products inside an operation run in double precision. `toHost` gives the tensor itself.
 *
 * @throws ShapeError from every operation whose arguments do not fit together
 */
export function hostBackend({ simd = true }: HostOptions = {}): TensorBackend<HostTensor> {
  return {
    name: 'host',
    fromHost,
    toHost: async (t) => t,
    shape: (t) => t.shape.slice(),

    add: (a, b) => combine('add', a, b),
    subtract: (a, b) => combine('subtract', a, b),
    multiply: (a, b) => combine('multiply', a, b),
    divide: (a, b) => combine('divide', a, b),
    minimum: (a, b) => combine('minimum', a, b),
    maximum: (a, b) => combine('maximum', a, b),
    equal: (a, b) => combine('equal', a, b),

    abs: (t) => map(t, Math.abs),
    exp: (t) => map(t, Math.exp),
    log: (t) => map(t, Math.log),
    sqrt: (t) => map(t, Math.sqrt),
    clamp: (t, low, high) => map(t, (value) => Math.min(high, Math.max(low, value))),
    cast: (t, dtype) => ({ data: converted(t.data, dtype), shape: t.shape.slice() }),

    matMul,
    sum,
    mean: (t, axis, keepDims) => {
      const total = sum(t, axis, keepDims);
      const count = t.data.length / total.data.length;
      return map(total, (value) => value / count);
    },
    max: (t, axis, keepDims = false) => reduce('max', t, axis, keepDims),
    argMax,
    softmax: (t) => softmax(t, false),
    logSoftmax: (t) => softmax(t, true),
    l2Normalise,

    countLabels,
    gatherEntry,
    scatterEntry,
    sliceRows,
    concatRows,

    dispose: () => {},
    scope: (body) => body(),
    keep: (t) => t,
    fused: { assign: simd ? simdAssign() : plainAssign() },
  };
}

/** Whether the tensors of a backend are `HostTensor`, readable and writable in place. */
export function isHostBackend(backend: { readonly name: string }): boolean {
  return backend.name === 'host';
}
