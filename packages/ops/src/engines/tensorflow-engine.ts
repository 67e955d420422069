import type { Engine } from './engine-table.ts';
import { firstInstalled } from './first-installed.ts';

/** tfjs-node calls util.isNullOrUndefined and util.isArray in most of its kernels; Node 23 took them away. */
const FIRST_BROKEN_NODE = 23;

/** TensorFlow by tfjs-node. On a Node version that its JavaScript does not run on, nothing is imported. */
export function tensorflowEngine(node = globalThis.process?.versions?.node ?? ''): Engine {
  const broken = Number.parseInt(node, 10) >= FIRST_BROKEN_NODE;
  return {
    name: 'tensorflow',
    backend: 'tensorflow',
    uses: { cpu: 'TensorFlow in native code, on CPU or NVIDIA GPU' },
    load: async () => {
      if (broken)
        throw new Error(`tfjs-node does not run on Node ${FIRST_BROKEN_NODE} and above, this is ${node}`);
      return firstInstalled(['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']);
    },
    remedy: broken
      ? 'use Node 20 or 22, or another engine'
      : 'install @tensorflow/tfjs-node (CPU) or @tensorflow/tfjs-node-gpu (NVIDIA GPU)',
    automatic: false,
  };
}
