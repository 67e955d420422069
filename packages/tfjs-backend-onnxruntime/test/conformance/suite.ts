import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { engine } from '@tensorflow/tfjs-core';
import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util.js';
import { UniformRandom } from '@tensorflow/tfjs-core/dist/ops/rand_util.js';
import type { BackendUnderTest } from './backend-under-test.ts';

type Engine = ReturnType<typeof engine>;

/** What the bundle of specs gives to the run. */
export interface Suite {
  backend: BackendUnderTest;
  declareSpecs(backend: BackendUnderTest): Promise<void>;
  kernelCount(): number;
  seedMathRandom(seed: number): void;
}

let kernels = 0;

/** Kernels that the backend under test has been asked for since the start of the process. */
export function kernelCount(): number {
  return kernels;
}

/** Declares tfjs-core's specs to jasmine, whose globals must be there, for one backend. */
export async function declareSpecs(backend: BackendUnderTest): Promise<void> {
  countKernels(backend.name);
  setTestEnvs([{ name: backend.name, backendName: backend.name, isDataSync: backend.isDataSync }]);
  // Later than setTestEnvs: these files declare their specs as they are evaluated.
  await import('@tensorflow/tfjs-core/dist/tests.js');
}

/** Some specs bound the frequencies of unseeded random operations so tightly that they fail now and then. */
export function seedMathRandom(seed: number): void {
  const uniform = new UniformRandom(0, 1, 'float32', seed);
  Math.random = () => uniform.nextValue();
}

function countKernels(backendName: string): void {
  const prototype = Object.getPrototypeOf(engine()) as Engine;
  const { runKernel } = prototype;
  prototype.runKernel = function (this: Engine, ...call: Parameters<typeof runKernel>) {
    try {
      return runKernel.apply(this, call);
    } finally {
      // Afterwards, because the first kernel of all chooses the backend.
      if (this.backendName === backendName) kernels++;
    }
  } as typeof runKernel;
}
