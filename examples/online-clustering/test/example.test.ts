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
  const windows = [
    ...stdout.matchAll(
      /(\d+) embeddings: (\S+) of 64 .* (\d+) empty, the largest with (\S+)%; similarity to the centroid (\S+)/g,
    ),
  ].map((match) => match.slice(1).map(Number));
  expect(stdout.match(/^cluster \d, \d+ drawings: .*/gm)).toHaveLength(6);
  const [rows, effective, empty, largest, similarity] = windows.at(-1) ?? [];
  return { rows, effective, empty, largest, similarity };
}

it('fills all clusters alike, nearly as close to their centroids as the nearest ones are', () => {
  const balanced = example();
  const nearest = example('--no-balance');
  expect(balanced.rows).toBeGreaterThan(11_000);
  expect(nearest.rows).toBe(balanced.rows);
  expect(balanced.effective).toBeGreaterThan(62);
  expect(balanced.empty).toBe(0);
  expect(nearest.effective).toBeLessThan(56);
  expect(nearest.largest).toBeGreaterThan(2 * balanced.largest);
  expect(balanced.similarity).toBeGreaterThan(nearest.similarity - 0.05);
}, 300_000);
