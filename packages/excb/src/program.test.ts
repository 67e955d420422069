import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createProgram } from './program.ts';
import { reportFailure } from './report-failure.ts';

const folder = mkdtempSync(join(tmpdir(), 'excb-program-'));
const empty = mkdtempSync(join(folder, 'empty-'));
const pictures = mkdtempSync(join(folder, 'pictures-'));
beforeAll(() => {
  writeFileSync(join(folder, 'broken.json'), '{ "epochs": ');
  writeFileSync(join(pictures, 'never-read.jpg'), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a command line in this process. */
async function excb(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const output = {
    writeOut: (text: string) => {
      written.stdout += text;
    },
    writeErr: (text: string) => {
      written.stderr += text;
    },
  };
  const log = vi.spyOn(console, 'log').mockImplementation((line) => output.writeOut(`${line}\n`));
  const program = createProgram();
  for (const command of [program, ...program.commands]) command.configureOutput(output);
  let code = 0;
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    code = reportFailure(error, (line) => output.writeErr(`${line}\n`));
  } finally {
    log.mockRestore();
  }
  return { code, ...written };
}

it.each([[[]], [['train']], [['knn']], [['doctor']]])('%j --help explains', async (command: string[]) => {
  const { code, stdout } = await excb(...command, '--help');
  expect(code).toBe(0);
  expect(stdout).toMatch(/Usage: excb/);
  expect(stdout.length).toBeGreaterThan(100);
});

describe('mistakes name what is wrong and what is near', () => {
  it.each([
    [['train', folder, '--epoch', '3'], /unknown option '--epoch'[\s\S]*Did you mean --epochs/],
    [['train', folder, '--epochs', 'three'], /--epochs <n>' argument 'three' is invalid[\s\S]*whole number/],
    [['train', folder, '--cluster-momentum', '1.5'], /'auto' or a number from 0 to below 1/],
    [['train', folder, '--preset', 'smal'], /no preset 'smal': did you mean 'small'/],
    [['train', pictures, '--device', 'wegpu'], /device: got 'wegpu', .*did you mean 'webgpu'\?/],
    [
      ['train', pictures, '--engine', 'wasm', '--device', 'webgpu'],
      /'wasm' runs nowhere else, 'onnxruntime' does/,
    ],
    [['train', folder, '--on-error', 'ignore'], /--on-error is 'ignore': expected skip or fail/],
    [['train', folder, '--config', join(folder, 'broken.json')], /cannot read JSON/],
    [['train', folder, '--out', join(folder, 'broken.json')], /broken\.json is a file: name a folder/],
    [['train', join('no', 'such')], /no.such/],
    [['trian', folder], /unknown command 'trian'[\s\S]*Did you mean train/],
    [['knn', folder, '--data', folder], /no checkpoint at .*checkpoint\.safetensors/],
    [['knn', folder], /required option '--data <folder>'/],
  ])('%j', async (args, message) => {
    const { code, stderr } = await excb(...args);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/unexpected error/);
  });

  it('a folder without images leaves nothing behind', async () => {
    const out = join(folder, 'never');
    const { code, stderr } = await excb('train', empty, '--out', out);
    expect(code).toBe(1);
    expect(stderr).toContain(empty);
    expect(existsSync(out)).toBe(false);
  });
});

it('doctor lists the engines and the choice', async () => {
  const { code, stdout } = await excb('doctor');
  expect(code).toBe(0);
  expect(stdout).toMatch(/yes +wasm/);
  expect(stdout).toMatch(/yes +--device cpu/);
  expect(stdout).toMatch(/(yes|no) +--device webgpu/);
  expect(stdout).toMatch(/--engine auto takes \w+/);
});
