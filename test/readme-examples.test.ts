import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeBlocks } from './code-blocks.ts';
import { documentationPages, readPage } from './documentation-pages.ts';
import { publishedPackages, root } from './workspace.ts';

// Every ```ts and ```js block of every README and every page of docs/ is a whole program, which must run and print
// something. A block marked `no-run: reason` (it needs what a test cannot have, such as the reader's own photographs) is
// not run, and of one marked `excerpt of file` every line must be in that file, whose own test runs it. Of ```sh blocks,
// documented-commands.test.ts checks what they name.

const mayStayUnrun = 3;
const blocks = documentationPages().flatMap((page) =>
  codeBlocks(readPage(page)).map((block) => ({ page, ...block })),
);
const unrun = blocks.filter(({ info }) => info.startsWith('no-run'));
const excerpts = blocks.filter(({ info }) => info.startsWith('excerpt of '));
const programs = blocks.filter(
  (block) => ['ts', 'js'].includes(block.language) && !unrun.includes(block) && !excerpts.includes(block),
);
const pages = blocks.filter(({ language }) => language === 'html');
const data = blocks.filter(({ language }) => language === 'json');

// Inside the repository, so that the package names resolve.
let folder: string;
beforeAll(() => {
  mkdirSync(join(root, '.cache'), { recursive: true });
  folder = mkdtempSync(join(root, '.cache', 'readme-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('examples in the documentation', () => {
  it.each(programs.map(({ page, line, language, code }) => [page, line, language, code] as const))(
    '%s, line %i',
    async (page, line, language, code) => {
      const extension = language === 'ts' ? 'ts' : 'mjs';
      const file = join(folder, `${page.replace(/[^a-z0-9]+/gi, '-')}-${line}.${extension}`);
      writeFileSync(file, code);
      const result = await runProgram(file);
      expect(result.code, `${page}, line ${line} failed:\n${result.errors}`).toBe(0);
      expect(result.output.trim(), `${page}, line ${line} printed nothing`).not.toBe('');
    },
  );

  it.each(excerpts)('$page, line $line, an $info', ({ page, code, info }) => {
    const file = join(dirname(page), info.replace('excerpt of ', ''));
    const source = new Set(codeLines(readPage(file)));
    expect(codeLines(code).filter((line) => !source.has(line))).toEqual([]);
  });

  it.each(pages)('$page, line $line, imports what is published', ({ code }) => {
    const urls = [...code.matchAll(/\/npm\/(@excb\/[a-z-]+)\/([^"]+)"/g)];
    expect(urls.length).toBeGreaterThan(0);
    for (const [, name, path] of urls) {
      const item = publishedPackages().find(({ manifest }) => manifest.name === name);
      expect(JSON.stringify(item?.manifest.exports), name).toContain(`"./${path}"`);
    }
  });

  it('are JSON where they say so', () => {
    for (const { page, line, code } of data) {
      expect(() => JSON.parse(code), `${page}, line ${line}`).not.toThrow();
    }
  });

  it('are in the README of every package that is used from code', () => {
    const withoutExample = publishedPackages()
      .filter(({ manifest }) => manifest.exports?.['.'])
      .filter((item) => !programs.some(({ page }) => page === `packages/${item.folder}/README.md`));
    expect(withoutExample.map(({ manifest }) => manifest.name)).toEqual([]);
  });

  it('are seldom left unrun, and never without a reason', () => {
    expect(unrun.length).toBeLessThanOrEqual(mayStayUnrun);
    for (const { page, line, info } of unrun) expect(info, `${page}, line ${line}`).toMatch(/^no-run: \S/);
  });

  it('are of a kind that a test looks at, or plain text', () => {
    const checked = ['ts', 'js', 'sh', 'json', 'html', ''];
    const others = blocks.filter((block) => !checked.includes(block.language) && !unrun.includes(block));
    expect(others.map(({ page, line, language }) => `${page}, line ${line}: ${language}`)).toEqual([]);
  });

  it.each(documentationPages())('%s has no block that is overlooked', (page) => {
    const fences = readPage(page).match(/^\s*(```|~~~)/gm) ?? [];
    expect(fences.length).toBe(2 * blocks.filter((block) => block.page === page).length);
  });
});

/** Without indents, comments and empty lines. */
function codeLines(code: string): string[] {
  return code
    .split('\n')
    .map((line) => line.replace(/(^|\s)\/\/ .*$/, '').trim())
    .filter((line) => line !== '');
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
