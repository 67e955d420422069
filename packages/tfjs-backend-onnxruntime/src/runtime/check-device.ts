import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { RuntimeUnavailableError } from '../errors.ts';
import { type HostArray, hostValue, makeNode } from '../graph/graph.ts';
import type { BackendOptions } from '../options.ts';
import type { Runtime, Session } from './runtime.ts';

type Device = BackendOptions['device'];

const MACHINE = `${process.platform} ${process.arch}`;

/** What to do where a device does not work. */
function remedyOf(device: Device): string {
  if (device === 'cpu') return 'reinstall onnxruntime-node';
  if (device === 'cuda') {
    return MACHINE === 'linux x64'
      ? "install CUDA 12, cuDNN 9 and the provider (ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node), or use device 'webgpu' or 'cpu'"
      : "onnxruntime-node has one for Linux x64 only: use device 'webgpu' or 'cpu'";
  }
  if (MACHINE === 'linux arm64') return "onnxruntime-node has none for Linux arm64: use device 'cpu'";
  return process.platform === 'linux'
    ? "install the GPU's Vulkan driver and Vulkan's loader (Debian: mesa-vulkan-drivers, libvulkan1), or use device 'cpu'"
    : "use device 'cpu'";
}

/** onnxruntime logs the lack of a provider by itself: so the package's files are looked at before it is asked. */
function isCudaMissing(): boolean {
  try {
    const main = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
    const binaries = join(dirname(main), 'bin', 'napi-v6', process.platform, process.arch);
    return existsSync(binaries) && !readdirSync(binaries).some((name) => name.includes('providers_cuda'));
  } catch {
    return false;
  }
}

function unavailable(device: Device, error: unknown): RuntimeUnavailableError {
  const lines = (error instanceof Error ? error.message : String(error)).split('\n');
  // Before the reason stand the place in onnxruntime's source and the condition that failed there.
  const reason = lines[0].replace(/^.* was false\. /, '').replace(/[.\s]+$/, '');
  return new RuntimeUnavailableError(
    `device '${device}' does not work here (${reason}): ${remedyOf(device)}`,
    {
      cause: error,
    },
  );
}

/**
 * Compiles and runs 1 + 2 on `options.device`.
 *
 * @throws RuntimeUnavailableError where that fails, with what to do. Where the runtime is not synchronous, the promise
 * rejects with it
 */
export function checkDevice(runtime: Runtime, options: BackendOptions): void | Promise<void> {
  const { device } = options;
  const fail = (error: unknown): never => {
    throw unavailable(device, error);
  };
  try {
    if (device === 'cuda' && isCudaMissing())
      throw new Error('onnxruntime-node has no CUDA provider installed');
    const done = addNumbers(runtime, options);
    return done instanceof Promise ? done.catch(fail) : done;
  } catch (error) {
    return fail(error);
  }
}

function addNumbers(runtime: Runtime, options: BackendOptions): void | Promise<void> {
  const inputs = [1, 2].map((number) => hostValue(Float32Array.of(number), [1], 'float32'));
  const node = makeNode('DeviceCheck', 'Add', inputs, {}, [{ shape: [1], type: 'float32' }]);
  const graph = { nodes: [node], inputs, outputs: [...node.outputs] };
  const finish = ([sum]: HostArray[]): void => {
    if (sum[0] !== 3) throw new Error(`1 + 2 gave ${sum[0]}`);
  };
  const run = (session: Session): void | Promise<void> => {
    const results = session.run(inputs, [{ shape: [1], array: new Float32Array(1) }]);
    if (results instanceof Promise) return results.then(finish).finally(() => session.dispose());
    session.dispose();
    return finish(results);
  };
  const session = runtime.compile(graph, options);
  return session instanceof Promise ? session.then(run) : run(session);
}
