import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { KernelConfig } from '@tensorflow/tfjs-core';

export const TFJS_NODE = '@tensorflow/tfjs-node@4.22.0';

const run = promisify(execFile);

/**
 * The kernels that tfjs-node's own JavaScript registers: its package is fetched without its dependencies and
 * without its install script, so there is no native library, and `register_all_kernels` is run.
 *
 * @returns the kernels; none, and why, where the registry does not give the package
 */
export async function tfjsNodeKernels(): Promise<{ kernels: KernelConfig[]; missing: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'excb-tfjs-node-'));
  try {
    try {
      const options = { cwd: folder, timeout: 20_000, shell: process.platform === 'win32' };
      await run(
        'npm',
        ['pack', TFJS_NODE, '--ignore-scripts', '--prefer-offline', '--fetch-retries=0'],
        options,
      );
    } catch (error) {
      const why = /npm error (?:code|network) .*/.exec(String(error))?.[0] ?? String(error).split('\n')[0];
      return { kernels: [], missing: `the registry does not give it (${why})` };
    }
    await run('tar', ['-xzf', 'tensorflow-tfjs-node-4.22.0.tgz'], { cwd: folder });
    return { kernels: registeredKernels(join(folder, 'package')), missing: '' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function registeredKernels(folder: string): KernelConfig[] {
  const core = createRequire(import.meta.url).resolve('@tensorflow/tfjs-core');
  const shim = (name: string, code: string) => {
    mkdirSync(join(folder, 'node_modules', name), { recursive: true });
    writeFileSync(join(folder, 'node_modules', name, 'index.js'), code);
  };
  shim('@tensorflow/tfjs-core', `module.exports = require(${JSON.stringify(core)});`);
  // Instead of the union package: tfjs-core, but registering goes to a list.
  shim(
    '@tensorflow/tfjs',
    `const kernels = [];
    const registerKernel = (kernel) => kernels.push(kernel);
    module.exports = { ...require('@tensorflow/tfjs-core'), kernels, registerKernel };`,
  );
  // Messages of saved models; they need google-protobuf, and no kernel needs them.
  writeFileSync(join(folder, 'dist/proto/api_pb.js'), '');
  const load = createRequire(join(folder, 'dist/index.js'));
  load('./register_all_kernels.js');
  return load('@tensorflow/tfjs').kernels;
}
