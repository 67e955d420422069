import { hostBackend, type TensorBackend } from '@excb/tensor';
import { ndarrayBackend, nestedArrayBackend } from '@excb/tensor/arrays';
import { jaxBackend } from '@excb/tensor/jax';
import { tfjsBackend } from '@excb/tensor/tfjs';
import * as jax from '@jax-js/jax';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe } from 'vitest';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';

type AnyBackend = TensorBackend<unknown>;

async function startTfjs(engine: string): Promise<AnyBackend> {
  if (!(await tf.setBackend(engine))) throw new Error(`tfjs has no working backend ${engine}`);
  await tf.ready();
  return tfjsBackend(tf);
}

function startJax(): AnyBackend {
  (globalThis as { navigator?: object }).navigator ??= {}; // Node has it from version 21 on
  jax.defaultDevice('wasm');
  return jaxBackend(jax) as TensorBackend<unknown>;
}

/** Every way in which the balancer runs: the fused host passes, and operation by operation on each backend. */
const matrix: Record<string, () => Promise<AnyBackend>> = {
  host: async () => hostBackend(),
  'host, plain': async () => hostBackend({ simd: false }),
  'host, unfused': async () => ({ ...hostBackend(), fused: undefined }),
  'tfjs-cpu': () => startTfjs('cpu'),
  'tfjs-wasm': () => startTfjs('wasm'),
  'jax-wasm': async () => startJax(),
  'nested arrays': async () => nestedArrayBackend() as TensorBackend<unknown>,
  ndarray: async () => ndarrayBackend() as TensorBackend<unknown>,
};

/** The backend of the present entry, and its tensors from and to the host. */
export interface MatrixEntry {
  backend: AnyBackend;
  tensor(data: ArrayLike<number>, shape: number[]): unknown;
  labels(data: ArrayLike<number>): unknown;
  /** Reads and disposes. */
  read(t: unknown): Promise<number[]>;
}

export const engines = Object.keys(matrix);

/** `describe` once for every entry of the matrix. The backend is there when the tests run. */
export function describeMatrix(
  name: string,
  body: (entry: MatrixEntry, engine: string) => void,
  on: readonly string[] = engines,
): void {
  describe.each(on)(`${name} on %s`, (engine) => {
    const entry = {
      tensor: (data, shape) => entry.backend.fromHost(Float32Array.from(data), shape),
      labels: (data) => entry.backend.fromHost(Int32Array.from(data), [data.length]),
      async read(t) {
        const { data } = await entry.backend.toHost(t);
        const values = Array.from(data);
        entry.backend.dispose(t);
        return values;
      },
    } as MatrixEntry;
    beforeAll(async () => {
      entry.backend = await matrix[engine]();
    });
    body(entry, engine);
  });
}
