import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from './workspace.ts';

// The adapter of docs/write-an-adapter.md under the conformance suite: as it stands, and broken on purpose.

mkdirSync(join(root, '.cache'), { recursive: true });
const folder = mkdtempSync(join(root, '.cache', 'adapter-')); // inside the repository: package names resolve
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const page = readFileSync(join(root, 'docs/write-an-adapter.md'), 'utf8');
const program = /^```ts\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '';

function runProgram(name: string, code: string): Promise<{ status: number | null; output: string }> {
  const file = join(folder, `${name}.ts`);
  writeFileSync(file, code);
  const flags = ['--conditions=@excb/source', '--import', 'tsx', '--test-reporter=tap', '--test', file];
  const { PATH } = process.env; // without what vitest sets for its own children
  const child = spawn(process.execPath, flags, { cwd: folder, env: { PATH } });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, output })));
}

const failedTests = (output: string) =>
  [...output.matchAll(/^ *not ok \d+ - (\w+): /gm)].map(([, operation]) => operation);

describe('the adapter of docs/write-an-adapter.md', () => {
  it('has under 80 lines', () => {
    const adapter = program.slice(0, program.indexOf('\nconformanceSuite(')).trim();
    expect(adapter.split('\n').length).toBeLessThan(80);
    expect(adapter.split('\n').length).toBeGreaterThan(40);
  });

  it('conforms', async () => {
    const { status, output } = await runProgram('as-it-stands', program);
    expect(failedTests(output), output).toEqual([]);
    expect(Number(/^# pass (\d+)$/m.exec(output)?.[1])).toBeGreaterThan(40);
    expect(status).toBe(0);
  });

  it.each([
    ['argMax', 'list.indexOf(max(list))', 'list.lastIndexOf(max(list))'],
    ['minimum', 'binary(Math.min)', 'binary(Math.max)'],
    ['gatherEntry', 'row[index.values[i]])', 'row[0])'],
  ])('is named at %s where %s is %s', async (operation, right, wrong) => {
    expect(program.split(right).length).toBe(2);
    const { status, output } = await runProgram(operation, program.replace(right, wrong));
    expect(new Set(failedTests(output)), output).toEqual(new Set([operation]));
    expect(status).not.toBe(0);
  });
});
