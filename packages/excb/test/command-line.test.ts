import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const tsx = fileURLToPath(import.meta.resolve('tsx'));
const folder = mkdtempSync(join(tmpdir(), 'excb-cli-'));
const photos = join(folder, 'photos');
const settings = join(folder, 'tiny.json');

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function start(...args: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, ['--import', tsx, '--conditions=@excb/source', main, ...args], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
  });
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (data) => {
    stdout += data;
  });
  child.stderr!.on('data', (data) => {
    stderr += data;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

const excb = (...args: string[]) => start(...args).ended;

/** A JPEG of one colour family a class, every image a little different. */
async function photo(label: number, i: number): Promise<Buffer> {
  const background = label === 0 ? { r: 200 + i, g: 30, b: 30 } : { r: 30, g: 30, b: 200 + i };
  const square = {
    create: { width: 6 + i, height: 8, channels: 3 as const, background: { r: 240, g: 240, b: 0 } },
  };
  return sharp({ create: { width: 40 + i, height: 30, channels: 3, background } })
    .composite([{ input: await sharp(square).png().toBuffer(), left: i, top: label * 10 }])
    .jpeg()
    .toBuffer();
}

beforeAll(async () => {
  for (const [label, name] of ['red', 'blue'].entries()) {
    mkdirSync(join(photos, name), { recursive: true });
    for (let i = 0; i < 12; i++) writeFileSync(join(photos, name, `${i}.jpg`), await photo(label, i));
  }
  writeFileSync(join(photos, 'red', 'cut.jpg'), (await photo(0, 3)).subarray(0, -20));
  writeFileSync(
    settings,
    JSON.stringify({
      backbone: {
        type: 'resnet',
        block: 'basic',
        blocks: [1],
        width: 4,
        stem: { kernel: 3, stride: 2, maxPool: false },
      },
      head: { hiddenSize: 8, bottleneck: 6 },
      clusters: 2,
      batch: 8,
      views: { globalSize: 16, localSize: 8, localCrops: 1 },
      centroidStart: { samples: 24, iterations: 5, restarts: 10 },
    }),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a session', () => {
  const out = join(folder, 'run');

  it('trains on a folder, naming and skipping the broken image', async () => {
    const { code, stdout, stderr } = await excb(
      ...[
        'train',
        photos,
        '--config',
        settings,
        '--epochs',
        '2',
        '--engine',
        'cpu',
        '--out',
        out,
        '--knn-every',
        '2',
      ],
    );
    expect(stderr).toMatch(/skipped .*cut\.jpg/);
    expect(stdout).toMatch(/1 images? (was|were) skipped/);
    expect(stdout).toMatch(/finished after 6 steps/);
    expect(code).toBe(0);
    const log = readFileSync(join(out, 'log.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(log.filter(({ kind }) => kind === 'epoch')[1].knn.scores[0].top1).toBeGreaterThan(0.5);
  });

  it('evaluates it by k-NN, with the protocol', async () => {
    const { code, stdout, stderr } = await excb('knn', out, '--data', photos, '--k', '3', '--engine', 'cpu');
    expect(code).toBe(0);
    expect(stderr).toMatch(/skipped .*cut\.jpg/);
    expect(stdout).toMatch(/shorter side 18, centre 16/);
    expect(stdout).toMatch(/without the query itself/);
    expect(stdout).toMatch(/weighted k-NN: k = 3/);
    expect(stdout).toMatch(/\n +3 +\d+\.\d+%/);
  });

  it('says what k-NN needs where there are no labels', async () => {
    const { code, stderr } = await excb('knn', out, '--data', join(photos, 'red'), '--engine', 'cpu');
    expect(code).toBe(1);
    expect(stderr).toMatch(/no labels[\s\S]*one folder per class/);
  });

  it('does not write over a run', async () => {
    const { code, stderr } = await excb(
      'train',
      photos,
      '--config',
      settings,
      '--out',
      out,
      '--engine',
      'cpu',
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/already holds a run/);
  });

  it('stops at the first broken image when told to', async () => {
    const { code, stderr } = await excb(
      ...[
        'train',
        photos,
        '--config',
        settings,
        '--engine',
        'cpu',
        '--on-error',
        'fail',
        '--out',
        join(folder, 'strict'),
      ],
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/cut\.jpg/);
  });

  it('ends cleanly on Ctrl-C, with a checkpoint', async () => {
    const stopped = join(folder, 'stopped');
    const { child, ended } = start(
      ...['train', photos, '--config', settings, '--epochs', '500', '--engine', 'cpu', '--out', stopped],
    );
    const log = join(stopped, 'log.jsonl');
    await expect
      .poll(() => existsSync(log) && readFileSync(log, 'utf8').includes('"kind":"step"'), { timeout: 50_000 })
      .toBe(true);
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toMatch(/interrupted after \d+ steps/);
    expect(existsSync(join(stopped, 'checkpoint.safetensors'))).toBe(true);
  });
});
