import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backend } from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { startEngine } from '../../../ops/src/index.ts';
import { expectClose } from '../../../ops/test/compare.ts';
import { TINY_TRAINING, trainTiny } from '../../../ops/test/tiny-training.ts';
import { onBoth } from './both-devices.ts';

const RUNS = ['basic ResNet, SGD, clipping', 'ViT, AdamW'];

/** Trains two steps. Reading the gradients of the first one splits its graph; the second one is one graph. */
async function trainAndLook(
  name: string,
): Promise<{ losses: number[]; gradients: Map<string, Float32Array> }> {
  const gradients = new Map<string, Float32Array>();
  const losses = await trainTiny(TINY_TRAINING[name], {
    inspect: async (quantities) => {
      if (gradients.size > 0) return;
      for (const [parameter, gradient] of quantities.gradients) {
        gradients.set(parameter, (await gradient.data()) as Float32Array);
      }
    },
  });
  return { losses, gradients };
}

describe('training on webgpu', () => {
  it.each(RUNS)('goes as on the reference: %s', async (name) => {
    const { expected, actual } = await onBoth(() => trainAndLook(name));
    expect(expected.losses).toHaveLength(2);
    expectClose(actual.losses, expected.losses, 1e-5, 'losses ');
    expect([...actual.gradients.keys()]).toEqual([...expected.gradients.keys()]);
    for (const [parameter, gradient] of expected.gradients) {
      expectClose(actual.gradients.get(parameter)!, gradient, 1e-5, `gradient of ${parameter} `);
    }
  });
});

/** An event of onnxruntime's profile. */
interface ProfileEvent {
  name: string;
  args?: { provider?: string; op_name?: string; input_type_shape?: Record<string, number[]>[] };
}

describe('a training step', () => {
  const parent = mkdtempSync(join(tmpdir(), 'excb-webgpu-'));
  afterAll(() => {
    delete process.env.EXCB_ONNXRUNTIME_PROFILE;
    rmSync(parent, { recursive: true, force: true });
  });

  it.each(RUNS)('stays on the GPU, but for indices: %s', async (name) => {
    const folder = mkdtempSync(join(parent, 'run-'));
    await startEngine('onnxruntime', { device: 'webgpu' });
    backend().dispose(); // sessions of other tests, which no profile is written of
    process.env.EXCB_ONNXRUNTIME_PROFILE = join(folder, 'profile');
    await trainTiny(TINY_TRAINING[name]);
    // Profiles are written when the sessions end.
    backend().dispose();
    const events = readdirSync(folder)
      .flatMap((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as ProfileEvent[])
      .filter(({ name, args }) => name.endsWith('_kernel_time') && args?.provider);
    const on = (provider: string) => events.filter(({ args }) => args!.provider === provider);
    expect(on('WebGpuExecutionProvider').length).toBeGreaterThan(2000);
    const left = on('CPUExecutionProvider').map(
      ({ args }) => `${args!.op_name} of ${Object.keys(args!.input_type_shape?.[0] ?? {})}`,
    );
    expect([...new Set(left)]).toEqual(['Cast of int64']);
  });
});
