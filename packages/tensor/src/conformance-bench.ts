import { ConformanceError } from './conformance-error.ts';
import type { DataType, HostTensor, TensorBackend } from './tensor-backend.ts';

/** What a result has to be. `dtype` is float32 and `tolerance` (relative above 1) is 2e-6 unless given. */
export interface Expected {
  data: readonly number[];
  shape: readonly number[];
  dtype?: DataType;
  tolerance?: number;
}

const TOLERANCE = 2e-6;

function typeOf(t: HostTensor): DataType {
  return t.data instanceof Int32Array ? 'int32' : 'float32';
}

function list(values: ArrayLike<number>): string {
  const shown = Array.from({ length: Math.min(values.length, 12) }, (_, i) => values[i]).join(', ');
  return `[${shown}${values.length > 12 ? ', …' : ''}]`;
}

/**
 * The bench on which one operation of a backend is tried: makes its inputs, compares its results, and at the end
 * sees to it that no input was changed.
 */
export class Bench<T> {
  private readonly inputs: { tensor: T; data: number[] }[] = [];

  constructor(
    readonly backend: TensorBackend<T>,
    readonly operation: string,
  ) {}

  floats(data: readonly number[], shape: readonly number[] = [data.length]): T {
    return this.input(Float32Array.from(data), shape);
  }

  labels(data: readonly number[], shape: readonly number[] = [data.length]): T {
    return this.input(Int32Array.from(data), shape);
  }

  /** Compares `result` with `expected` and disposes it. */
  async expect(result: T, expected: Expected): Promise<void> {
    const shape = this.backend.shape(result);
    const host = await this.backend.toHost(result);
    const wanted = list(expected.shape);
    if (list(shape) !== wanted) this.fail(`has shape ${list(shape)}, expected ${wanted}`);
    if (list(host.shape) !== wanted) this.fail(`reads back as shape ${list(host.shape)}, expected ${wanted}`);
    const dtype = expected.dtype ?? 'float32';
    if (typeOf(host) !== dtype) this.fail(`is ${typeOf(host)}, expected ${dtype}`);
    if (host.data.length !== expected.data.length) {
      this.fail(`has ${host.data.length} entries, expected ${expected.data.length}`);
    }
    const tolerance = expected.tolerance ?? TOLERANCE;
    expected.data.forEach((value, i) => {
      const same = Object.is(host.data[i], value) || host.data[i] === value;
      if (same || Math.abs(host.data[i] - value) <= tolerance * Math.max(1, Math.abs(value))) return;
      this.fail(`entry ${i} of ${list(host.data)} is ${host.data[i]}, expected ${value}`);
    });
    this.backend.dispose(result);
  }

  async expectInputsUnchanged(): Promise<void> {
    for (const { tensor, data } of this.inputs) {
      const now = await this.backend.toHost(tensor);
      if (data.some((value, i) => !Object.is(value, now.data[i]))) {
        this.fail(`changed its argument from ${list(data)} to ${list(now.data)}`);
      }
      this.backend.dispose(tensor);
    }
  }

  fail(message: string): never {
    throw new ConformanceError(this.operation, message);
  }

  private input(data: Float32Array | Int32Array, shape: readonly number[]): T {
    const tensor = this.backend.fromHost(data, shape);
    this.inputs.push({ tensor, data: Array.from(data) });
    return tensor;
  }
}
