import type { Device } from './device.ts';
import type { Engine } from './engine-table.ts';
import { firstInstalled } from './first-installed.ts';

const PACKAGE = '@excb/tfjs-backend-onnxruntime';

/** What is used of the package, which is an optional peer. */
interface OnnxruntimePackage {
  checkRuntime(device: Device): Promise<void>;
  configure(changes: { device: Device }): void;
}

const load = async (): Promise<OnnxruntimePackage> =>
  (await firstInstalled([PACKAGE], `install ${PACKAGE}`)) as OnnxruntimePackage;

const WORK = 'whole training steps compiled to graphs';

/** ONNX Runtime: on the processor, and where the machine has what it takes, on GPUs. */
export const onnxruntimeEngine: Engine = {
  name: 'onnxruntime',
  backend: 'onnxruntime',
  uses: {
    cpu: `${WORK}, in native code on all cores (device cpu)`,
    webgpu: `${WORK}, on the GPU by WebGPU (device webgpu)`,
    cuda: `${WORK}, on the NVIDIA GPU by CUDA (device cuda)`,
  },
  load: async (device) => (await load()).checkRuntime(device),
  select: async (device) => (await load()).configure({ device }),
  // The package's own errors say what to do.
  remedy: '',
  automatic: true,
};
