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

export function list(values: ArrayLike<number>): string {
  const shown = Array.from({ length: Math.min(values.length, 12) }, (_, i) => values[i]).join(', ');
  return `[${shown}${values.length > 12 ? ', …' : ''}]`;
}

/** What tells a tensor, read back, from what it has to be; `undefined` where nothing does. */
export function difference(
  host: HostTensor,
  expected: Expected,
): { got: string; expected: string } | undefined {
  const { data, shape, dtype = 'float32', tolerance = TOLERANCE } = expected;
  if (list(host.shape) !== list(shape)) {
    return { got: `a tensor that reads back as shape ${list(host.shape)}`, expected: list(shape) };
  }
  if (typeOf(host) !== dtype) return { got: typeOf(host), expected: dtype };
  if (host.data.length !== data.length) {
    return { got: `${host.data.length} entries`, expected: `${data.length}` };
  }
  const at = data.findIndex((value, i) => {
    const same = Object.is(host.data[i], value) || host.data[i] === value;
    return !same && !(Math.abs(host.data[i] - value) <= tolerance * Math.max(1, Math.abs(value)));
  });
  if (at < 0) return undefined;
  return { got: `${host.data[at]} as entry ${at} of ${list(host.data)}`, expected: `${data[at]}` };
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
    if (list(shape) !== list(expected.shape)) this.fail(`shape ${list(shape)}`, list(expected.shape));
    const different = difference(host, expected);
    if (different) this.fail(different.got, different.expected);
    this.backend.dispose(result);
  }

  async expectInputsUnchanged(): Promise<void> {
    for (const { tensor, data } of this.inputs) {
      const now = await this.backend.toHost(tensor);
      if (data.some((value, i) => !Object.is(value, now.data[i]))) {
        this.fail(`its argument changed to ${list(now.data)}`, `it left as ${list(data)}`);
      }
      this.backend.dispose(tensor);
    }
  }

  fail(got: string, expected: string): never {
    throw new ConformanceError(this.operation, got, expected);
  }

  private input(data: Float32Array | Int32Array, shape: readonly number[]): T {
    const tensor = this.backend.fromHost(data, shape);
    this.inputs.push({ tensor, data: Array.from(data) });
    return tensor;
  }
}
