import { difference, type Expected, list } from './conformance-bench.ts';
import { asConformanceError, ConformanceError } from './conformance-error.ts';
import type { DataType, TensorBackend } from './tensor-backend.ts';

const cases: { from: Float32Array | Int32Array; dtype?: DataType; expected: Expected }[] = [
  {
    from: Float32Array.of(1.5, -2, 3.25, 4, 5, 6),
    expected: { data: [1.5, -2, 3.25, 4, 5, 6], shape: [2, 3], tolerance: 0 },
  },
  { from: Int32Array.of(7, -8), expected: { data: [7, -8], shape: [2], dtype: 'int32' } },
  { from: Float32Array.of(0.5), expected: { data: [0.5], shape: [] } },
  { from: Float32Array.of(3), expected: { data: [3], shape: [1, 1] } },
  { from: Float32Array.of(1, 2), dtype: 'int32', expected: { data: [1, 2], shape: [2], dtype: 'int32' } },
];

/**
 * Sends tensors to the backend and back. All other trials do that too, so that nothing can be said of an operation
 * before this holds.
 *
 * @throws ConformanceError that names `fromHost`, `toHost`, `shape` or `dispose`
 */
export async function expectRoundTrip<T>(backend: TensorBackend<T>): Promise<void> {
  for (const { from, dtype, expected } of cases) {
    const make = () => trying('fromHost', () => backend.fromHost(from.slice(), expected.shape, dtype));
    const read = (t: T) => trying('toHost', () => backend.toHost(t));
    const t = await make();
    const other = await make();
    const shape = await trying('shape', () => backend.shape(t));
    const different = difference(await read(t), expected);
    if (different) {
      const culprit = (await readsZerosWrongly(backend, t)) ? 'toHost' : 'fromHost';
      throw new ConformanceError(culprit, different.got, different.expected);
    }
    if (list(shape) !== list(expected.shape)) {
      throw new ConformanceError('shape', list(shape), list(expected.shape));
    }
    await trying('dispose', () => backend.dispose(t));
    const changed = await trying('dispose', async () => difference(await backend.toHost(other), expected));
    if (changed) throw new ConformanceError('dispose', `${changed.got} in another tensor`, changed.expected);
    backend.dispose(other);
  }
}

async function trying<R>(operation: string, body: () => R | Promise<R>): Promise<R> {
  try {
    return await body();
  } catch (error) {
    throw asConformanceError(operation, error);
  }
}

/** Whether zeros that two operations make of anything are read as something else: then it is the reading. */
async function readsZerosWrongly<T>(backend: TensorBackend<T>, t: T): Promise<boolean> {
  try {
    const zeros = [backend.subtract(t, t), backend.multiply(t, 0)];
    const read = await Promise.all(zeros.map((zero) => backend.toHost(zero)));
    const shape = list(backend.shape(t));
    return read.every((host) => host.data.some((value) => value !== 0) || list(host.shape) !== shape);
  } catch {
    return false;
  }
}
