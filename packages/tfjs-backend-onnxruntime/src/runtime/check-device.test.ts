import { describe, expect, it } from 'vitest';
import { RuntimeUnavailableError } from '../errors.ts';
import { defaultOptions } from '../options.ts';
import { checkDevice } from './check-device.ts';
import { startRuntime } from './onnxruntime.ts';
import type { Runtime, Session } from './runtime.ts';

const NO_ADAPTER =
  '/src/webgpu_context.cc:136 Initialize(const Config&)::<lambda()> status == Success was false. Failed to get a WebGPU adapter: No supported adapters\n';
const webgpu = { ...defaultOptions, device: 'webgpu' } as const;

const nothing = { nodes: [], inputs: [], outputs: [] };

const refusing = (message: string): Runtime['compile'] => {
  return () => {
    throw new Error(message);
  };
};

function session(sum: number, disposed: () => void = () => {}): Session {
  return { writesInto: false, run: () => [Float32Array.of(sum)], dispose: disposed };
}

it.each([true, false])('finds the processor, synchronous %s', async (synchronous) => {
  await checkDevice(startRuntime(synchronous), defaultOptions);
});

describe('a device that does not work', () => {
  const message =
    /^device 'webgpu' does not work here \(Failed to get a WebGPU adapter: No supported adapters\): .*use device 'cpu'$/;

  it('is reported with what to do', () => {
    const runtime: Runtime = { synchronous: true, compile: refusing(NO_ADAPTER) };
    expect(() => checkDevice(runtime, webgpu)).toThrow(RuntimeUnavailableError);
    expect(() => checkDevice(runtime, webgpu)).toThrow(message);
  });

  it('is reported by a runtime that is not synchronous', async () => {
    const compile: Runtime['compile'] = async () => refusing(NO_ADAPTER)(nothing, webgpu);
    const checked = checkDevice({ synchronous: false, compile }, webgpu);
    await expect(checked).rejects.toBeInstanceOf(RuntimeUnavailableError);
    await expect(checked).rejects.toThrow(message);
  });

  it('is one that adds wrongly, too', () => {
    let disposed = 0;
    const compile = () => session(4, () => disposed++);
    expect(() => checkDevice({ synchronous: true, compile }, webgpu)).toThrow('(1 + 2 gave 4)');
    expect(disposed).toBe(1);
  });

  it('is one whose first run fails', async () => {
    const lost: Session = {
      ...session(3),
      run: async () => {
        throw new Error('device lost');
      },
    };
    const checked = checkDevice({ synchronous: false, compile: async () => lost }, webgpu);
    await expect(checked).rejects.toThrow("device 'webgpu' does not work here (device lost)");
  });
});
