import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { describeEngines, startEngine } from '../../../ops/src/index.ts';

it("'auto' with a device takes the engine that has it", async () => {
  expect(await startEngine('auto', { device: 'webgpu' })).toEqual({
    name: 'onnxruntime',
    device: 'webgpu',
    reason: expect.stringContaining('(device webgpu)'),
  });
});

it('is listed as working', async () => {
  const engines = await describeEngines();
  const devices = engines.find(({ name }) => name === 'onnxruntime')?.devices;
  expect(devices?.find(({ device }) => device === 'webgpu')?.available).toBe(true);
});

it('tensors outlive a change of device, computed or not', async () => {
  await startEngine('onnxruntime', { device: 'webgpu' });
  const rows = tf.tensor2d([
    [1, 2],
    [3, 5],
  ]);
  const product = tf.matMul(rows, rows, false, true);
  await startEngine('onnxruntime');
  const sum = tf.add(product, 0);
  await startEngine('onnxruntime', { device: 'webgpu' });
  const twice = tf.mul(sum, 2);
  expect(Array.from(await twice.data())).toEqual([10, 26, 26, 68]);
  tf.dispose([rows, product, sum, twice]);
});

it('a machine without a GPU is told at the start, and what to do', () => {
  const ops = fileURLToPath(new URL('../../../ops/src/index.ts', import.meta.url));
  const code = `import { startEngine } from ${JSON.stringify(ops)};
await startEngine('onnxruntime', { device: 'webgpu' }).catch((error) => console.log(error.name, error.message));`;
  const tsx = fileURLToPath(import.meta.resolve('tsx'));
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--import', tsx, '--conditions=@excb/source', '--input-type=module', '-e', code],
    {
      encoding: 'utf8',
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      env: {
        ...process.env,
        VK_DRIVER_FILES: '/no/such/driver.json',
        VK_ICD_FILENAMES: '/no/such/driver.json',
      },
    },
  );
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /^EngineUnavailableError engine 'onnxruntime' is not available here: device 'webgpu' does not work here \(.*No supported adapters\): .*use device 'cpu'$/m,
  );
});
