import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const index = fileURLToPath(new URL('../index.ts', import.meta.url));
const tsx = fileURLToPath(import.meta.resolve('tsx'));
const run = (code: string) =>
  spawnSync(
    process.execPath,
    [
      '--import',
      tsx,
      '--conditions=@excb/source',
      '--input-type=module',
      '-e',
      `import { startEngine } from ${JSON.stringify(index)};\n${code}`,
    ],
    { encoding: 'utf8', cwd: fileURLToPath(new URL('.', import.meta.url)) },
  );

it('an uncaught error after the wasm engine started is reported as itself', () => {
  const { status, stderr } = run("await startEngine('wasm'); throw new Error('ours');");
  expect(status).not.toBe(0);
  expect(stderr).toContain('Error: ours');
  expect(stderr.length).toBeLessThan(2000);
});
