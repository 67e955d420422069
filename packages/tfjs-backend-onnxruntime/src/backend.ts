import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { backend_util, type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { FallbackError, SynchronousReadError } from './errors.ts';
import { Evaluator } from './evaluator.ts';
import { Explanation } from './explanation.ts';
import { type ElementType, type HostArray, hostValue, type Value } from './graph/graph.ts';
import type { BackendOptions } from './options.ts';
import type { Runtime } from './runtime/runtime.ts';

type HostValues = backend_util.BackendValues;

/**
 * What the backend keeps for one tensor. Numbers live in a value, which may not have been computed yet; strings and
 * complex numbers live where tfjs-cpu keeps them.
 */
class TensorEntry {
  refCount = 1;
  complexTensorInfos: { real: TensorInfo; imag: TensorInfo } | undefined;

  constructor(
    readonly dtype: DataType,
    readonly value: Value | undefined,
    private readonly other: HostValues | undefined,
    private readonly backend: OnnxruntimeBackend,
  ) {
    if (value) value.owners++;
  }

  /** What tfjs-cpu's kernels read: computed on demand. */
  get values(): HostValues | undefined {
    if (!this.value) return this.other;
    if (!this.value.data && !this.value.failure) this.backend.computeSync();
    return numbersOf(this.value);
  }
}

/** @throws GraphError where the graph that was to compute them failed */
function numbersOf(value: Value): HostValues {
  if (value.failure) throw value.failure;
  return value.data as HostValues;
}

const NUMERIC: ReadonlySet<string> = new Set(['float32', 'int32', 'bool']);

/** What the backend holds, beside what tfjs counts itself. */
export interface BackendMemory {
  unreliable: boolean;
  /** Tensors that are recorded and not computed. */
  recordedTensors: number;
  /** Compiled graphs in the cache; their memory is onnxruntime's, outside of JavaScript's heap. */
  sessions: number;
  /** Bytes of arrays that are kept for the outputs of the next graphs. */
  spareBytes: number;
}

/**
 * A tfjs backend that computes late. A kernel only records operators; reading a tensor makes one graph of all that
 * is recorded and still wanted, compiles it once for its structure, and runs it on onnxruntime.
 *
 * Kernels that have no native version run on tfjs-cpu, which this class extends.
 */
export class OnnxruntimeBackend extends MathBackendCPU {
  /** How often kernels ran on tfjs-cpu, by name. */
  readonly fallbacks = new Map<string, number>();
  private readonly evaluator: Evaluator;
  /** Tensors that are recorded, wanted, and not computed. */
  private readonly recorded = new Set<TensorEntry>();
  private recordedKernels = 0;
  private computing: Promise<void> | undefined;

  constructor(
    runtime: Runtime,
    readonly options: BackendOptions,
  ) {
    super();
    this.evaluator = new Evaluator(runtime, options);
  }

  override write(values: HostValues, shape: number[], dtype: DataType): object {
    const id = {};
    this.move(id, values, shape, dtype, 1);
    return id;
  }

  override move(
    dataId: object,
    values: HostValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    let value: Value | undefined;
    // tfjs-cpu's complex kernel writes no values at all.
    if (NUMERIC.has(dtype) && values) {
      const type = dtype as ElementType;
      value = hostValue(this.ownArray(values, type), shape.slice(), type);
    }
    const entry = new TensorEntry(dtype, value, value ? undefined : values, this);
    entry.refCount = refCount;
    this.data.set(dataId, entry as never);
  }

  /** Numbers of the element type in an array of their own: the caller may go on writing into theirs. */
  private ownArray(values: HostValues, type: ElementType): HostArray {
    const own = this.evaluator.pool.take(type, values.length);
    if (type !== 'bool') (own as Float32Array).set(values as Float32Array);
    else for (let i = 0; i < own.length; i++) own[i] = values[i] ? 1 : 0;
    return own;
  }

  private entry(dataId: object): TensorEntry {
    return this.data.get(dataId) as unknown as TensorEntry;
  }

  /** The value behind a tensor, in the shape it was made with; none for strings and complex numbers. */
  override valueOf({ dataId }: TensorInfo): Value | undefined {
    return this.entry(dataId).value;
  }

  /** A new tensor for a value that a kernel has recorded. */
  tensorOf(value: Value, shape: readonly number[] = value.shape, dtype?: DataType): TensorInfo {
    const type = dtype ?? (value.type as DataType);
    const dataId = {};
    const entry = new TensorEntry(type, value, undefined, this);
    this.data.set(dataId, entry as never);
    if (!value.data) this.recorded.add(entry);
    return { dataId, shape: shape as number[], dtype: type };
  }

  /** Called after every native kernel. */
  kernelRecorded(): void {
    this.recordedKernels++;
    const due = this.options.debug || this.recordedKernels >= this.options.recordingLimit;
    if (due && this.evaluator.synchronous) this.computeSync();
  }

  /** Called before a kernel runs on tfjs-cpu. @throws FallbackError in strict mode */
  kernelFallsBack(kernel: string): void {
    if (this.options.strict) throw new FallbackError(kernel);
    this.fallbacks.set(kernel, (this.fallbacks.get(kernel) ?? 0) + 1);
  }

  private wanted(): Value[] {
    const values = new Set<Value>();
    for (const { value } of this.recorded) if (!value!.data) values.add(value!);
    return [...values];
  }

  private computed(): void {
    for (const entry of this.recorded) if (entry.value!.data) this.recorded.delete(entry);
    this.recordedKernels = 0;
  }

  /** What was to be computed never will be: reading it throws the error again, and nothing else is held up by it. */
  private failed(values: readonly Value[], error: unknown): never {
    for (const value of values) value.failure = error as Error;
    for (const entry of this.recorded) if (entry.value!.failure) this.recorded.delete(entry);
    throw error;
  }

  /** Computes everything recorded and wanted, now. @throws SynchronousReadError where the runtime cannot */
  computeSync(): void {
    if (!this.evaluator.synchronous) throw new SynchronousReadError();
    const values = this.wanted();
    try {
      if (values.length > 0) void this.evaluator.compute(values);
    } catch (error) {
      this.failed(values, error);
    }
    this.computed();
  }

  /** Computes everything recorded and wanted. */
  async compute(): Promise<void> {
    if (this.evaluator.synchronous) return this.computeSync();
    while (this.computing) await this.computing;
    const values = this.wanted();
    if (values.length === 0) return this.computed();
    this.computing = Promise.resolve(this.evaluator.compute(values));
    try {
      await this.computing;
    } catch (error) {
      this.failed(values, error);
    } finally {
      this.computing = undefined;
    }
    this.computed();
  }

  override async read(dataId: object): Promise<HostValues> {
    const entry = this.entry(dataId);
    if (entry.dtype === 'complex64') {
      const { real, imag } = entry.complexTensorInfos!;
      const parts = [await this.read(real.dataId), await this.read(imag.dataId)];
      return backend_util.mergeRealAndImagArrays(parts[0] as Float32Array, parts[1] as Float32Array);
    }
    if (entry.value && !entry.value.data && !entry.value.failure) await this.compute();
    return this.handOut(entry);
  }

  override readSync(dataId: object): HostValues {
    const entry = this.entry(dataId);
    if (entry.dtype === 'complex64') return super.readSync(dataId);
    return this.handOut(entry);
  }

  /** A copy: what a caller does to it changes no tensor. */
  private handOut(entry: TensorEntry): HostValues {
    const { values } = entry;
    if (!entry.value) return util.convertBackendValuesAndArrayBuffer(values!, entry.dtype);
    return (values as Float32Array).slice();
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const entry = this.entry(dataId);
    if (super.disposeData(dataId, force)) {
      this.recorded.delete(entry);
      const { value } = entry;
      if (value && --value.owners === 0 && value.data) this.evaluator.release(value);
      return true;
    }
    return false;
  }

  override memory(): BackendMemory & { reasons: string[] } {
    return {
      unreliable: false,
      reasons: [],
      recordedTensors: this.recorded.size,
      sessions: this.evaluator.cache.size,
      spareBytes: this.evaluator.pool.bytes,
    };
  }

  override dispose(): void {
    this.evaluator.cache.clear();
    this.evaluator.pool.clear();
    this.recorded.clear();
  }

  /** The last runs of graphs, and what ran on tfjs-cpu. */
  explain(): Explanation {
    return new Explanation(this.evaluator.records, this.fallbacks, this.evaluator.cache.size);
  }
}
