import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishedPackages, root } from './workspace.ts';

// Every ```ts block of every README and every page of docs/ is a whole program, which must run and print something.
// A block marked ```ts no-run (it needs what a test cannot have, such as the reader's own photographs) is not run.

const mayStayUnrun = 3;
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
  ...publishedPackages().map(({ folder }) => `packages/${folder}/README.md`),
];
const examples = pages
  .filter((page) => existsSync(join(root, page)))
  .flatMap((page) => codeBlocks(readFileSync(join(root, page), 'utf8')).map((block) => ({ page, ...block })));
const runnable = examples.filter(({ info }) => !info.includes('no-run'));

// Inside the repository, so that the package names resolve.
let folder: string;
beforeAll(() => {
  mkdirSync(join(root, '.cache'), { recursive: true });
  folder = mkdtempSync(join(root, '.cache', 'readme-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('examples in the documentation', () => {
  it.each(runnable.map(({ page, line, code }) => [page, line, code] as const))(
    '%s, line %i',
    async (page, line, code) => {
      const file = join(folder, `${page.replace(/[^a-z0-9]+/gi, '-')}-${line}.ts`);
      writeFileSync(file, code);
      const result = await runProgram(file);
      expect(result.code, `${page}, line ${line} failed:\n${result.errors}`).toBe(0);
      expect(result.output.trim(), `${page}, line ${line} printed nothing`).not.toBe('');
    },
  );

  it('are in the README of every package that is used from code', () => {
    const withoutExample = publishedPackages()
      .filter(({ manifest }) => manifest.exports?.['.'])
      .filter((item) => !runnable.some(({ page }) => page === `packages/${item.folder}/README.md`));
    expect(withoutExample.map(({ manifest }) => manifest.name)).toEqual([]);
  });

  it('are seldom left unrun', () => {
    expect(examples.length - runnable.length).toBeLessThanOrEqual(mayStayUnrun);
  });
});

function codeBlocks(markdown: string): { info: string; line: number; code: string }[] {
  return [...markdown.matchAll(/^```ts\b(.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    info: match[1],
    line: markdown.slice(0, match.index).split('\n').length,
    code: match[2],
  }));
}

function runProgram(file: string): Promise<{ code: number | null; output: string; errors: string }> {
  const args = [join(root, 'node_modules/tsx/dist/cli.mjs'), '--conditions=@excb/source', file];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (errors += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output, errors }));
  });
}
