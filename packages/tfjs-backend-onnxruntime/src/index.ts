import '@tensorflow/tfjs-backend-cpu';
import { backend, registerBackend } from '@tensorflow/tfjs-core';
import { OnnxruntimeBackend } from './backend.ts';
import type { Explanation } from './explanation.ts';
import { registerKernels } from './kernels/register-kernels.ts';
import { type BackendOptions, defaultOptions } from './options.ts';
import { checkDevice } from './runtime/check-device.ts';
import { startRuntime } from './runtime/onnxruntime.ts';

const NAME = 'onnxruntime';
/** Above tfjs-cpu and tfjs-wasm, as tfjs's own native backend. */
const PRIORITY = 3;

const DEVICES: readonly BackendOptions['device'][] = ['cpu', 'webgpu', 'cuda'];

const options: BackendOptions = { ...defaultOptions };
/** tfjs makes one, at the first `tf.setBackend`, and another only after it was removed. */
let latest: OnnxruntimeBackend | undefined;

registerKernels(NAME);
registerBackend(
  NAME,
  () => {
    const runtime = startRuntime(options.synchronous);
    const made = () => {
      latest = new OnnxruntimeBackend(runtime, options);
      return latest;
    };
    // The processor that runs this line is there; of any other device it takes a look.
    const checked = options.device === 'cpu' ? undefined : checkDevice(runtime, options);
    return checked ? checked.then(made) : made();
  },
  PRIORITY,
);

/**
 * Changes how the backend runs, from the next graph on (`synchronous`: from the next `tf.setBackend` on). Graphs that
 * are compiled already stay as they are, but for those of another device.
 *
 * @throws RangeError for a value that cannot be
 */
export function configure(changes: Partial<BackendOptions>): void {
  for (const name of ['threads', 'sessions', 'recordingLimit'] as const) {
    const value = changes[name];
    const lowest = name === 'threads' ? 0 : 1;
    if (value !== undefined && !(Number.isInteger(value) && value >= lowest)) {
      throw new RangeError(`${name}: got ${value}, expected a whole number of at least ${lowest}`);
    }
  }
  const { device = options.device } = changes;
  if (!DEVICES.includes(device)) {
    throw new RangeError(`device: got '${device}', expected one of '${DEVICES.join("', '")}'`);
  }
  if (device !== options.device) leaveDevice();
  Object.assign(options, changes);
}

/** Kernels are recorded, and graphs compiled, for one device: before it changes, what is recorded is computed. */
function leaveDevice(): void {
  if (!latest) return;
  if (latest.memory().recordedTensors > 0) latest.computeSync();
  latest.dispose();
}

/** What the backend did lately: its last graphs, compile and run times, and what ran on tfjs-cpu. */
export function explain(): Explanation {
  const current = backend();
  if (current instanceof OnnxruntimeBackend) return current.explain();
  throw new Error("explain() tells of the onnxruntime backend: await tf.setBackend('onnxruntime') first");
}

/**
 * Whether graphs can run on a device: compiles and runs a small one.
 *
 * @param device by default the one that is configured
 * @throws RuntimeUnavailableError where onnxruntime-node is missing or has no binary for this machine, or the device
 * does not work; with what to do
 */
export async function checkRuntime(device = options.device): Promise<void> {
  await checkDevice(startRuntime(options.synchronous), { ...options, device });
}

export type { BackendMemory } from './backend.ts';
export {
  FallbackError,
  GraphError,
  RuntimeUnavailableError,
  SynchronousReadError,
} from './errors.ts';
export type { RunRecord } from './evaluator.ts';
export type { BackendOptions, Explanation, OnnxruntimeBackend };
