import { backend_util, type DataType, type NamedAttrMap, type TensorInfo } from '@tensorflow/tfjs-core';
import type { OnnxruntimeBackend } from '../backend.ts';
import { swapEnds, TO_CHANNELS_FIRST, TO_CHANNELS_LAST } from '../graph/channel-order.ts';
import {
  type Attributes,
  constantValue,
  type ElementType,
  type HostArray,
  hostValue,
  makeNode,
  sameShape,
  sizeOf,
  type Value,
} from '../graph/graph.ts';
import type { BackendOptions } from '../options.ts';

export type Shape = readonly number[];

/** Thrown by a kernel that does not cover what it is given, before it records anything that is used. */
class Declined extends Error {}

/** Kernels record through this: operators in, values out. */
export class Recorder {
  /** Values that stand in the place of tensors. */
  private readonly inner = new Map<object, Value>();

  constructor(
    private readonly backend: OnnxruntimeBackend,
    private readonly kernel: string,
  ) {}

  /** Where the graph is to run. */
  get device(): BackendOptions['device'] {
    return this.backend.options.device;
  }

  /** The kernel leaves this call to tfjs-cpu. */
  decline(): never {
    throw new Declined();
  }

  /** A tensor's value in the tensor's shape. Strings and complex numbers are declined. */
  value(tensor: TensorInfo): Value {
    const value = this.inner.get(tensor.dataId) ?? this.backend.valueOf(tensor);
    if (!value) return this.decline();
    return this.reshape(value, tensor.shape);
  }

  /** A value as an input of another kernel, for kernels that are made of others. */
  input(value: Value): TensorInfo {
    const dataId = {};
    this.inner.set(dataId, value);
    return { dataId, shape: [...value.shape], dtype: value.type as DataType };
  }

  /** A tensor's numbers, where nothing has to be computed for them. */
  known(tensor: TensorInfo): HostArray | undefined {
    return this.inner.has(tensor.dataId) ? undefined : this.backend.valueOf(tensor)?.data;
  }

  /** Both parts of a complex tensor. */
  parts({ dataId, shape, dtype }: TensorInfo): { real: Value; imag: Value } {
    if (dtype !== 'complex64') this.decline();
    const { real, imag } = this.backend.data.get(dataId).complexTensorInfos!;
    return { real: this.value({ ...real, shape }), imag: this.value({ ...imag, shape }) };
  }

  /** A complex tensor, which owns a tensor for either part as tfjs-cpu's do. */
  complex(real: Value, imag: Value): TensorInfo {
    const made = this.backend.makeTensorInfo([...real.shape], 'complex64');
    this.backend.data.get(made.dataId).complexTensorInfos = {
      real: this.tensor(real),
      imag: this.tensor(imag),
    };
    return made;
  }

  /** One operator with one output. */
  op(
    operator: string,
    inputs: readonly (Value | undefined)[],
    shape: Shape,
    options: { type?: ElementType; attributes?: Attributes; domain?: string } = {},
  ): Value {
    const type = options.type ?? inputs[0]!.type;
    return makeNode(
      this.kernel,
      operator,
      inputs,
      options.attributes ?? {},
      [{ shape, type }],
      options.domain,
    ).outputs[0];
  }

  /** One operator with several outputs. */
  ops(
    operator: string,
    inputs: readonly (Value | undefined)[],
    outputs: readonly { shape: Shape; type: ElementType }[],
    attributes: Attributes = {},
  ): readonly Value[] {
    return makeNode(this.kernel, operator, inputs, attributes, outputs).outputs;
  }

  /** Shapes, axes and the like. */
  ints(values: readonly number[]): Value {
    return constantValue(BigInt64Array.from(values, BigInt), [values.length], 'int64');
  }

  /** A number that is part of the structure: never one that changes from step to step. */
  scalar(value: number, type: ElementType = 'float32'): Value {
    const array =
      type === 'float32'
        ? Float32Array.of(value)
        : type === 'int32'
          ? Int32Array.of(value)
          : type === 'int64'
            ? BigInt64Array.of(BigInt(value))
            : Uint8Array.of(value);
    return constantValue(array, [], type);
  }

  /** 0 … length − 1, int64. */
  counting(length: number): Value {
    const [start, limit, step] = [0, length, 1].map((value) => this.scalar(value, 'int64'));
    return this.op('Range', [start, limit, step], [length]);
  }

  /** Broadcast; a constant always goes through a node, so that no tensor is one. */
  expand(value: Value, shape: Shape): Value {
    if (!value.constant && sameShape(value.shape, shape)) return value;
    return this.op('Expand', [value, this.ints(shape)], shape);
  }

  reshape(value: Value, shape: Shape): Value {
    if (sameShape(value.shape, shape)) return value;
    return this.op('Reshape', [value, this.ints(shape)], shape, { attributes: { allowzero: 1 } });
  }

  transpose(value: Value, perm: readonly number[]): Value {
    if (perm.every((axis, i) => axis === i)) return value;
    const shape = perm.map((axis) => value.shape[axis]);
    return this.op('Transpose', [value], shape, { attributes: { perm: [...perm] } });
  }

  /** NHWC to CHWN, the order that convolutions run in here: see the pass `keep-channels-first`. */
  channelsFirst(value: Value): Value {
    return this.op(TO_CHANNELS_FIRST, [value], swapEnds(value.shape));
  }

  /** CHWN to NHWC. */
  channelsLast(value: Value): Value {
    return this.op(TO_CHANNELS_LAST, [value], swapEnds(value.shape));
  }

  cast(value: Value, type: ElementType): Value {
    if (value.type === type) return value;
    return this.op('Cast', [value], value.shape, { type, attributes: { to: CAST[type] } });
  }

  /** The part of `value` from `begin`, of `size`. */
  slice(value: Value, begin: Shape, size: Shape): Value {
    const axes = begin.map((_, i) => i).filter((i) => begin[i] !== 0 || size[i] !== value.shape[i]);
    if (axes.length === 0) return value;
    return this.op(
      'Slice',
      [
        value,
        this.ints(axes.map((i) => begin[i])),
        this.ints(axes.map((i) => begin[i] + size[i])),
        this.ints(axes),
      ],
      size,
    );
  }

  reduce(operator: string, value: Value, axes: readonly number[], keepDims: boolean): Value {
    const shape = keepDims
      ? value.shape.map((length, i) => (axes.includes(i) ? 1 : length))
      : value.shape.filter((_, i) => !axes.includes(i));
    if (axes.length === 0) return value;
    return this.op(operator, [value, this.ints(axes)], shape, {
      attributes: { keepdims: keepDims ? 1 : 0 },
    });
  }

  /** −1, 0 or 1. The webgpu provider has no Sign; what that gives for NaN is left open. */
  sign(value: Value): Value {
    const { shape } = value;
    if (this.device !== 'webgpu') return this.op('Sign', [value], shape);
    const zero = this.scalar(0, value.type);
    const is = (operator: string) =>
      this.cast(this.op(operator, [value, zero], shape, { type: 'bool' }), value.type);
    return this.op('Sub', [is('Greater'), is('Less')], shape);
  }

  /**
   * 1 where a float is above 0, else 0. A sigmoid of straight lines with the steepest slope there is, which runs eight
   * times as fast as Sign or a comparison; only between 0 and 3e-39 it gives something in between.
   */
  isPositive(value: Value): Value {
    const { shape } = value;
    if (this.device === 'webgpu') {
      return this.cast(this.op('Greater', [value, this.scalar(0)], shape, { type: 'bool' }), 'float32');
    }
    const attributes = { alpha: { float: STEEPEST }, beta: { float: 0 } };
    return this.op('HardSigmoid', [value], shape, { attributes });
  }

  /** Matrix product over the last two axes, either factor transposed. */
  matMul(a: Value, b: Value, transposeA = false, transposeB = false): Value {
    const rows = a.shape[a.shape.length - (transposeA ? 1 : 2)];
    const columns = b.shape[b.shape.length - (transposeB ? 2 : 1)];
    const batchA = a.shape.slice(0, -2);
    const batchB = b.shape.slice(0, -2);
    const shape = [...broadcastShape(batchA, batchB), rows, columns];
    // The webgpu provider crashes on a product over nothing.
    if (this.device === 'webgpu' && sizeOf(a.shape) * sizeOf(b.shape) === 0) {
      return this.expand(this.scalar(0), shape);
    }
    if (!transposeA && !transposeB) return this.op('MatMul', [a, b], shape);
    if (a.shape.length === 2 && b.shape.length === 2) {
      const attributes = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
      return this.op('Gemm', [a, b], shape, { attributes });
    }
    if (this.device === 'webgpu') {
      return this.matMul(transposeA ? this.swapLast(a) : a, transposeB ? this.swapLast(b) : b);
    }
    return this.op('FusedMatMul', [a, b], shape, {
      domain: 'com.microsoft',
      attributes: { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 },
    });
  }

  /** A tensor without elements. */
  empty(shape: Shape, type: ElementType): TensorInfo {
    return this.tensor(hostValue(new ARRAY[type](0), shape, type));
  }

  /** For the webgpu provider, which has no FusedMatMul. */
  private swapLast(value: Value): Value {
    const rank = value.shape.length;
    return this.transpose(value, [...range(rank - 2), rank - 1, rank - 2]);
  }

  /** The same buffer under another shape. */
  alias({ dataId, dtype }: TensorInfo, shape: Shape): TensorInfo {
    this.backend.incRef(dataId);
    return { dataId, shape: shape as number[], dtype };
  }

  tensor(value: Value, shape?: Shape, dtype?: DataType): TensorInfo {
    return this.backend.tensorOf(value, shape, dtype);
  }
}

/** The largest single-precision number. */
const STEEPEST = 3.4028234663852886e38;

const ARRAY = { float32: Float32Array, int32: Int32Array, int64: BigInt64Array, bool: Uint8Array };

/** ONNX's numbers for element types. */
const CAST: Record<ElementType, number> = { float32: 1, int32: 6, int64: 7, bool: 9 };

/** @throws Error where the shapes do not fit */
export function broadcastShape(a: Shape, b: Shape): number[] {
  return backend_util.assertAndGetBroadcastShape(a as number[], b as number[]);
}

export const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** A native kernel: its inputs by tfjs's names, its attributes, and the recorder; values or tensors out. */
export type NativeKernel = (
  inputs: Record<string, TensorInfo>,
  attributes: NamedAttrMap & Record<string, unknown>,
  record: Recorder,
) => Value | TensorInfo | (Value | TensorInfo)[];

const isValue = (made: Value | TensorInfo): made is Value => 'type' in made;

/** Runs a native kernel; `undefined` where it declined. */
export function runNative(
  kernelName: string,
  kernel: NativeKernel,
  inputs: Record<string, TensorInfo>,
  attributes: NamedAttrMap | undefined,
  backend: OnnxruntimeBackend,
): TensorInfo | TensorInfo[] | undefined {
  const record = new Recorder(backend, kernelName);
  try {
    const made = kernel(inputs, (attributes ?? {}) as never, record);
    const finish = (one: Value | TensorInfo) => (isValue(one) ? record.tensor(one) : one);
    const result = Array.isArray(made) ? made.map(finish) : finish(made);
    backend.kernelRecorded();
    return result;
  } catch (error) {
    if (error instanceof Declined) return undefined;
    throw error;
  }
}

export { sizeOf };
