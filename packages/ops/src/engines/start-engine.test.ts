import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import { DeviceError } from '../errors/device-error.ts';
import { EngineUnavailableError } from '../errors/engine-unavailable-error.ts';
import { UnknownEngineError } from '../errors/unknown-engine-error.ts';
import { describeEngines } from './describe-engines.ts';
import { startEngine } from './start-engine.ts';

/** What the engine that is not installed here asks for: tfjs-node, or a Node version that it runs on. */
const TENSORFLOW_REMEDY =
  Number.parseInt(process.versions.node, 10) < 23
    ? /is not installed; install @tensorflow\/tfjs-node \(CPU\)/
    : /use Node 20 or 22, or another engine/;

describe('startEngine', () => {
  it('takes onnxruntime by itself and says why', async () => {
    const started = await startEngine();
    expect(started.name).toBe('onnxruntime');
    expect(started.reason).toContain('fastest that loads');
    expect(tf.getBackend()).toBe('onnxruntime');
  });

  it.each(['cpu', 'wasm', 'onnxruntime', 'cpu'])('switches to %s without a warning', async (name) => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    expect((await startEngine(name)).name).toBe(name);
    expect(tf.getBackend()).toBe(name);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('names the nearest engine for one that does not exist', async () => {
    const failure = startEngine('wsam');
    await expect(failure).rejects.toBeInstanceOf(UnknownEngineError);
    await expect(failure).rejects.toThrow(/got 'wsam', expected one of 'auto', .*did you mean 'wasm'\?/);
  });

  it('says where it runs', async () => {
    expect(await startEngine('onnxruntime')).toMatchObject({
      device: 'cpu',
      reason: expect.stringContaining('(device cpu)'),
    });
    expect((await startEngine('wasm', { device: 'cpu' })).device).toBe('cpu');
  });

  it('names the nearest device, and the engine that has it, and keeps the one that runs', async () => {
    await startEngine('cpu');
    const mistaken = startEngine('auto', { device: 'wegpu' });
    await expect(mistaken).rejects.toBeInstanceOf(DeviceError);
    await expect(mistaken).rejects.toThrow(
      "device: got 'wegpu', expected one of 'cpu', 'webgpu', 'cuda': did you mean 'webgpu'?",
    );
    const elsewhere = startEngine('wasm', { device: 'webgpu' });
    await expect(elsewhere).rejects.toBeInstanceOf(DeviceError);
    await expect(elsewhere).rejects.toThrow(
      "device: got 'webgpu', expected 'cpu': the engine 'wasm' runs nowhere else, 'onnxruntime' does",
    );
    expect(tf.getBackend()).toBe('cpu');
  });

  it('says what to install for an engine that is not there, and keeps the one that runs', async () => {
    await startEngine('wasm');
    const failure = startEngine('tensorflow');
    await expect(failure).rejects.toBeInstanceOf(EngineUnavailableError);
    await expect(failure).rejects.toThrow(TENSORFLOW_REMEDY);
    expect(tf.getBackend()).toBe('wasm');
  });
});

describe('describeEngines', () => {
  it('lists every engine, with the reason', async () => {
    const engines = new Map((await describeEngines()).map((engine) => [engine.name, engine]));
    expect(engines.get('wasm')?.available).toBe(true);
    expect(engines.get('cpu')?.available).toBe(true);
    expect(engines.get('cpu')?.devices).toBeUndefined();
    const devices = engines.get('onnxruntime')?.devices ?? [];
    expect(devices.map(({ device }) => device)).toEqual(['cpu', 'webgpu', 'cuda']);
    expect(devices[0].available).toBe(true);
    for (const { device, available, reason } of devices) {
      expect(reason).toContain(available ? `(device ${device})` : `device '${device}' does not work here`);
    }
    expect(engines.get('tensorflow')).toMatchObject({
      available: false,
      reason: expect.stringMatching(TENSORFLOW_REMEDY),
    });
  });
});
