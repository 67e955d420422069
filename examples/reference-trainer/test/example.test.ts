import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'excb-example-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function example(...args: string[]) {
  return spawnSync('npm', ['run', 'example', '--', ...args], { cwd: root, encoding: 'utf8' });
}

describe('npm run example', () => {
  it.each([true, false])(
    'balance %s: figures before and after, clusters drawn',
    (balance) => {
      const out = join(folder, String(balance));
      const { status, stdout, stderr } = example(
        ...[
          '--images',
          '640',
          '--epochs',
          '1',
          '--seed',
          '5',
          '--out',
          out,
          ...(balance ? [] : ['--no-balance']),
        ],
      );
      expect(status, stderr).toBe(0);
      expect(stdout).toMatch(/before: category k-NN 0\.\d+/);
      expect(stdout).toMatch(/after: +category k-NN 0\.\d+/);
      const summary = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));
      expect(summary).toMatchObject({
        images: 640,
        epochs: 1,
        seed: 5,
        clusters: 64,
        balance,
        status: 'finished',
      });
      for (const value of [
        summary.seconds,
        summary.effectiveClusters,
        summary.effectiveClustersRaw,
        summary.knn.before,
        summary.knn.after,
        summary.recallAt1.before,
        summary.recallAt1.after,
        summary.loss.first,
        summary.loss.last,
      ]) {
        expect(value).toBeGreaterThan(0);
        expect(Number.isFinite(value)).toBe(true);
      }
      expect(readFileSync(join(out, 'clusters.png')).subarray(1, 4).toString()).toBe('PNG');
      expect(existsSync(join(out, 'checkpoint.safetensors'))).toBe(true);
    },
    300_000,
  );

  it('a mistake prints the help', () => {
    const { status, stderr } = example('--epoch', '3');
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/--epochs <n>/);
  });
});
