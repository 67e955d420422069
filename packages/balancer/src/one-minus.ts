import type { TensorBackend } from '@excb/tensor';

/** 1 − t, with one rounding. */
export function oneMinus<T>(backend: TensorBackend<T>, t: T): T {
  return backend.add(backend.multiply(t, -1), 1);
}
