import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import { EngineUnavailableError } from '../errors/engine-unavailable-error.ts';
import { UnknownEngineError } from '../errors/unknown-engine-error.ts';
import { describeEngines } from './describe-engines.ts';
import { startEngine } from './start-engine.ts';

describe('startEngine', () => {
  it('takes wasm by itself and says why', async () => {
    const started = await startEngine();
    expect(started.name).toBe('wasm');
    expect(started.reason).toContain('WebAssembly');
    expect(tf.getBackend()).toBe('wasm');
  });

  it.each(['cpu', 'wasm', 'cpu'])('switches to %s without a warning', async (name) => {
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

  it('says what to install for an engine that is not there, and keeps the one that runs', async () => {
    await startEngine('wasm');
    const failure = startEngine('tensorflow');
    await expect(failure).rejects.toBeInstanceOf(EngineUnavailableError);
    await expect(failure).rejects.toThrow(/is not installed; install @tensorflow\/tfjs-node \(CPU\)/);
    expect(tf.getBackend()).toBe('wasm');
  });
});

describe('describeEngines', () => {
  it('lists every engine, with the reason', async () => {
    const engines = new Map((await describeEngines()).map((engine) => [engine.name, engine]));
    expect(engines.get('wasm')?.available).toBe(true);
    expect(engines.get('cpu')?.available).toBe(true);
    expect(engines.get('tensorflow')).toMatchObject({
      available: false,
      reason: expect.stringContaining('install @tensorflow/tfjs-node'),
    });
  });
});
