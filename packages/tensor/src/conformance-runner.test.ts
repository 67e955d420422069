import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** Without what vitest sets for its own children. */
function run(extra: Record<string, string>) {
  const file = fileURLToPath(new URL('../test/node-test-runner.ts', import.meta.url));
  const flags = ['--conditions=@excb/source', '--import', 'tsx', '--test-reporter=tap', '--test', file];
  const env = { PATH: process.env.PATH, ...extra };
  return spawnSync(process.execPath, flags, { encoding: 'utf8', env });
}

it('runs under node:test and fails there with the name of the operation', () => {
  const passing = run({});
  expect(passing.stdout).toMatch(/# fail 0/);
  expect(passing.stdout).toMatch(/ok \d+ - matMul: multiplies in all four orientations/);
  expect(passing.status).toBe(0);

  const failing = run({ EXCB_BROKEN: '1' });
  expect(failing.stdout.match(/^ *not ok \d+ - \w+: .*$/gm)?.map((line) => line.trim())).toEqual([
    expect.stringContaining('argMax: takes the lowest index of equal entries'),
    expect.stringContaining('argMax: gives 0 for the only cluster'),
  ]);
  expect(failing.status).not.toBe(0);
});
