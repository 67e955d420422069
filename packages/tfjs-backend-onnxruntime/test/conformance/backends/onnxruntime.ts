import { findBackendFactory, registerBackend, removeBackend } from '@tensorflow/tfjs-core';
import { OnnxruntimeBackend } from '../../../src/backend.ts';
import '../../../src/index.ts';
import type { BackendUnderTest } from '../backend-under-test.ts';

const NAME = 'onnxruntime';
/** Above tfjs-cpu, which the package registers too. */
const PRIORITY = 3;

// More threads only make graphs as small as those of the specs slower.
const threads = Number(process.env.EXCB_ONNXRUNTIME_THREADS ?? 1);

// Every suite of specs makes a backend of its own, so the counts of those before are kept.
const earlier = new Map<string, number>();
let current: OnnxruntimeBackend | undefined;

function fallbacks(): Map<string, number> {
  const total = new Map(earlier);
  for (const [kernel, times] of current?.fallbacks ?? []) {
    total.set(kernel, (total.get(kernel) ?? 0) + times);
  }
  return total;
}

const create = findBackendFactory(NAME);
removeBackend(NAME);
registerBackend(
  NAME,
  () => {
    const made = create();
    if (!(made instanceof OnnxruntimeBackend))
      throw new Error(`the backend ${NAME} is not the one under test`);
    made.options.threads = threads;
    for (const [kernel, times] of fallbacks()) earlier.set(kernel, times);
    current = made;
    return made;
  },
  PRIORITY,
);

export const backend: BackendUnderTest = { name: NAME, isDataSync: true, fallbacks };
