import { engine, setBackend, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** Numbers of a tensor that a kernel is given. */
export interface Input {
  values: readonly number[];
  shape: number[];
  dtype: 'float32' | 'int32' | 'bool';
}

/** A kernel with all that it takes. */
export interface KernelCall {
  kernel: string;
  /** By name, or a list where the kernel takes any number. */
  inputs?: Record<string, Input> | Input[];
  attributes?: Record<string, unknown>;
}

/** Inputs of random numbers, the same ones for the same seed (mulberry32). */
export class Inputs {
  constructor(private state: number) {}

  private next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  private filled(shape: number[], dtype: Input['dtype'], draw: () => number): Input {
    const size = shape.reduce((a, b) => a * b, 1);
    return { values: Array.from({ length: size }, draw), shape, dtype };
  }

  floats(shape: number[], low = -1, high = 1): Input {
    return this.filled(shape, 'float32', () => low + (high - low) * this.next());
  }

  /** `low` to `end` − 1. */
  ints(shape: number[], low: number, end: number): Input {
    return this.filled(shape, 'int32', () => low + Math.floor((end - low) * this.next()));
  }

  bools(shape: number[]): Input {
    return this.filled(shape, 'bool', () => (this.next() < 0.5 ? 1 : 0));
  }

  /** One of them. */
  pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.next() * values.length)];
  }
}

async function run(backend: string, { kernel, inputs = {}, attributes = {} }: KernelCall) {
  await setBackend(backend);
  const make = ({ values, shape, dtype }: Input): Tensor => tensor([...values], shape, dtype);
  const tensors = Array.isArray(inputs)
    ? inputs.map(make)
    : Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, make(input)]));
  const made: Tensor[] = [];
  try {
    made.push(
      ...[
        engine().runKernel(
          kernel,
          tensors as Record<string, Tensor>,
          attributes as never,
        ) as unknown as Tensor,
      ].flat(),
    );
    const outputs = [];
    for (const one of made) outputs.push({ values: await one.data(), shape: one.shape, dtype: one.dtype });
    return outputs;
  } finally {
    for (const one of [...made, ...Object.values(tensors)]) one.dispose();
  }
}

/** Runs a kernel on tfjs-cpu and on the onnxruntime backend, and expects the same of both to 1e-4. */
export async function expectSameAsOnCpu(call: KernelCall): Promise<void> {
  const expected = await run('cpu', call);
  const got = await run('onnxruntime', call);
  const where = `${call.kernel} ${JSON.stringify(call.attributes ?? {})}`;
  expect(got.length, `outputs of ${where}`).toBe(expected.length);
  got.forEach((output, i) => {
    const { values, shape, dtype } = expected[i];
    expect({ shape: output.shape, dtype: output.dtype }, where).toEqual({ shape, dtype });
    const wrong = Array.from(values as Float32Array).findIndex(
      (value, j) => !isClose((output.values as Float32Array)[j], value),
    );
    const at = (of: ArrayLike<unknown>) => (wrong < 0 ? '' : `${wrong}: ${of[wrong]}`);
    expect(at(output.values), where).toBe(at(values));
  });
}

function isClose(got: number, expected: number): boolean {
  if (Object.is(got, expected)) return true;
  if (!Number.isFinite(expected) || !Number.isFinite(got)) return got === expected;
  return Math.abs(got - expected) <= 1e-4 * Math.max(1, Math.abs(expected));
}
