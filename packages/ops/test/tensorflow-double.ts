import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import {
  getKernelsForBackend,
  type KernelConfig,
  type KernelFunc,
  type NamedAttrMap,
  registerBackend,
  registerKernel,
  setBackend,
  type TensorInfo,
  tidy,
} from '@tensorflow/tfjs-core';

import { KERNELS } from '../src/kernels/kernel-names.ts';

type KernelCall = Parameters<KernelFunc>[0];

/** A kernel call that reached the engine. */
export interface RecordedCall {
  kernel: string;
  attributes: NamedAttrMap;
}

export interface TensorflowDouble {
  /** Every call since the double was started. */
  calls: RecordedCall[];
  /** What tfjs-node's JavaScript threw at calls, by kernel. */
  refusals: string[];
}

/**
 * Sets a backend that is called `tensorflow` as tfjs-node's is, and computes as tfjs-cpu does. It keeps a list of
 * its kernels' calls. Each call is also put to tfjs-node's own kernel of that name, where they are given: all of its
 * JavaScript runs, and where that asks the native library for a result it gets tfjs-cpu's.
 */
export async function startTensorflowDouble(kernels: KernelConfig[] = []): Promise<TensorflowDouble> {
  const theirs = new Map(kernels.map(({ kernelName, kernelFunc }) => [kernelName, kernelFunc]));
  const own = new Set<string>(Object.values(KERNELS));
  const double: TensorflowDouble = { calls: [], refusals: [] };
  // tfjs-node's kernels look for the binding here; tfjs-cpu greets at its first use.
  registerBackend('tensorflow', () => Object.assign(new MathBackendCPU(), { binding: {}, firstUse: false }));
  for (const { kernelName, kernelFunc } of getKernelsForBackend('cpu')) {
    if (own.has(kernelName)) continue;
    const record: KernelFunc = (call) => {
      double.calls.push({ kernel: kernelName, attributes: call.attrs ?? {} });
      const outputs = kernelFunc(call);
      try {
        tidy(() => void theirs.get(kernelName)?.({ ...call, backend: nativeLibrary(call, outputs) }));
      } catch (error) {
        double.refusals.push(`${kernelName}: ${(error as Error).message}`);
      }
      return outputs;
    };
    registerKernel({ kernelName, backendName: 'tensorflow', kernelFunc: record });
  }
  await setBackend('tensorflow');
  return double;
}

/** What tfjs-node's kernels call of their backend. */
const nativeLibrary = ({ backend }: KernelCall, outputs: TensorInfo | TensorInfo[]) => ({
  binding: {},
  executeSingleOutput: () => outputs,
  executeSingleInput: () => outputs,
  executeMultipleOutputs: () => outputs,
  createReductionOpAttrs: () => [],
  getDTypeInteger: () => 0,
  readSync: (data: object) => (backend as MathBackendCPU).readSync(data),
  incRef: () => {},
});
