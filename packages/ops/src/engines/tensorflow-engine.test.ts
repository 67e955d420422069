import { afterEach, expect, it, vi } from 'vitest';
import { tensorflowEngine } from './tensorflow-engine.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

it.each(['23.0.0', '24.11.1', '26.0.0'])('does not try to import tfjs-node on Node %s', async (version) => {
  const engine = tensorflowEngine(version);
  await expect(engine.load('cpu')).rejects.toThrow(
    `tfjs-node does not run on Node 23 and above, this is ${version}`,
  );
  expect(engine.remedy).toBe('use Node 20 or 22, or another engine');
});

it.each(['20.19.0', '22.21.1', ''])('tries the packages on Node "%s"', async (version) => {
  const engine = tensorflowEngine(version);
  await expect(engine.load('cpu')).rejects.toThrow(/^@tensorflow\/tfjs-node-gpu or .* is not installed$/);
  expect(engine.remedy).toContain('install @tensorflow/tfjs-node (CPU)');
});

it('says so where the engine is started and described', async () => {
  vi.resetModules();
  vi.stubGlobal('process', { ...process, versions: { ...process.versions, node: '24.1.0' } });
  const reason =
    'tfjs-node does not run on Node 23 and above, this is 24.1.0; use Node 20 or 22, or another engine';
  const { startEngine } = await import('./start-engine.ts');
  await expect(startEngine('tensorflow')).rejects.toThrow(
    `engine 'tensorflow' is not available here: ${reason}`,
  );
  const { describeEngines } = await import('./describe-engines.ts');
  expect(await describeEngines()).toContainEqual({ name: 'tensorflow', available: false, reason });
});
