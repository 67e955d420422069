import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const folder = fileURLToPath(new URL('..', import.meta.url));

function example(...args: string[]) {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'start', '--', ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  const last = /loss (\S+), (\S+) of 64 clusters in use, (\S+) by the similarities.*\n$/.exec(stdout);
  const [loss, effective, raw] = (last ?? []).slice(1).map(Number);
  return { loss, effective, raw };
}

it('keeps all clusters in use, learns, and collapses without balancing', () => {
  const balanced = example('--steps', '150');
  expect(balanced.effective).toBeGreaterThan(56);
  expect(balanced.raw).toBeGreaterThan(32);
  expect(balanced.loss).toBeLessThan(Math.log(64)); // what guessing gives

  const unbalanced = example('--steps', '150', '--no-balance');
  expect(unbalanced.effective).toBeLessThan(32);
}, 300_000);
