import { hostBackend } from './host-backend.ts';
import type { AssignedRows, HostTensor, TensorBackend } from './tensor-backend.ts';

/** How tensors that live in memory anyway become host tensors, and back. */
export interface HostForm<T> {
  /** The name of the backend. */
  name: string;
  /** Shares the memory of `t` where its entries lie in order, and never writes to it. */
  read(t: T): HostTensor;
  shape(t: T): number[];
  make(t: HostTensor): T;
}

/** The host backend's operations on another form of the same thing. Memory is the garbage collector's. */
export function hostWrappedBackend<T>({ name, read, shape, make }: HostForm<T>): TensorBackend<T> {
  const host = hostBackend();
  const fusedAssign = host.fused?.assign;

  type Unary = (t: HostTensor) => HostTensor;
  type Binary = (a: HostTensor, b: HostTensor | number) => HostTensor;
  const unary = (f: Unary) => (t: T) => make(f(read(t)));
  const binary = (f: Binary) => (a: T, b: T | number) =>
    make(f(read(a), typeof b === 'number' ? b : read(b)));

  return {
    name,
    fromHost: (data, size, dtype) => make(host.fromHost(data, size, dtype)),
    toHost: async (t) => read(t),
    shape,

    add: binary(host.add),
    subtract: binary(host.subtract),
    multiply: binary(host.multiply),
    divide: binary(host.divide),
    minimum: binary(host.minimum),
    maximum: binary(host.maximum),
    equal: binary(host.equal),

    abs: unary(host.abs),
    exp: unary(host.exp),
    log: unary(host.log),
    sqrt: unary(host.sqrt),
    clamp: (t, low, high) => make(host.clamp(read(t), low, high)),
    cast: (t, dtype) => make(host.cast(read(t), dtype)),

    matMul: (a, b, options) => make(host.matMul(read(a), read(b), options)),
    sum: (t, axis, keepDims) => make(host.sum(read(t), axis, keepDims)),
    mean: (t, axis, keepDims) => make(host.mean(read(t), axis, keepDims)),
    max: (t, axis, keepDims) => make(host.max(read(t), axis, keepDims)),
    argMax: (t, axis) => make(host.argMax(read(t), axis)),
    softmax: unary(host.softmax),
    logSoftmax: unary(host.logSoftmax),
    l2Normalise: unary(host.l2Normalise),

    countLabels: (labels, clusters) => make(host.countLabels(read(labels), clusters)),
    gatherEntry: (t, index) => make(host.gatherEntry(read(t), read(index))),
    scatterEntry: (t, index, values) => make(host.scatterEntry(read(t), read(index), read(values))),
    sliceRows: (t, start, count) => make(host.sliceRows(read(t), start, count)),
    concatRows: (tensors) => make(host.concatRows(tensors.map(read))),

    dispose: () => {},
    scope: (body) => body(),
    keep: (t) => t,
    fused: fusedAssign && {
      assign(similarities, { weights, temperature }): AssignedRows<T> {
        const result = fusedAssign(read(similarities), {
          weights: weights && { lower: read(weights.lower), higher: read(weights.higher) },
          temperature,
        });
        return {
          targets: make(result.targets),
          assignments: make(result.assignments),
          rawAssignments: make(result.rawAssignments),
        };
      },
    },
  };
}
