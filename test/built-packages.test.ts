import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build, transformSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishedPackages, root } from './workspace.ts';

// What users get: `dist`, not the sources that all other tests run on.

const run = promisify(execFile);
const bundleLimit = 10 * 1024;
const patience = 600_000;
const runFiles = ['checkpoint.json', 'checkpoint.safetensors', 'config.json', 'log.jsonl'];

// A build that `npm run check` has just made is not made again, even where TURBO_FORCE asks for it.
beforeAll(async () => {
  await run('npx', ['turbo', 'run', 'build'], { cwd: root, env: { ...process.env, TURBO_FORCE: 'false' } });
}, patience);

describe('built packages', () => {
  const entryPoints = publishedPackages().flatMap(({ manifest }) =>
    Object.keys(manifest.exports ?? {})
      .filter((subPath) => !subPath.endsWith('.json'))
      .map((subPath) => manifest.name + subPath.slice(1)),
  );

  it.each(entryPoints)('%s loads as an ES module and from CommonJS, with the same names', async (name) => {
    const print = 'console.log(JSON.stringify(Object.keys(loaded).sort()))';
    const asModule = `import * as loaded from '${name}'; ${print}`;
    const asCommonJs = `const loaded = require('${name}'); ${print}`;
    const [esm, cjs] = await Promise.all([
      run(process.execPath, ['--input-type=module', '-e', asModule], { cwd: root }),
      run(process.execPath, ['--input-type=commonjs', '-e', asCommonJs], { cwd: root }),
    ]);
    expect(JSON.parse(esm.stdout).length).toBeGreaterThan(0);
    expect(JSON.parse(cjs.stdout)).toEqual(JSON.parse(esm.stdout));
  });

  it('the excb command trains on a folder, and scores what it has trained', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'excb-images-'));
    try {
      drawImages(folder);
      const excb = (...args: string[]) =>
        run(process.execPath, [join(root, 'packages/excb/dist/main.js'), ...args]);
      const out = join(folder, 'run');
      const settings = ['--epochs', '1', '--batch', '8', '--clusters', '4', '--engine', 'wasm'];
      const { stdout } = await excb('train', join(folder, 'images'), '--out', out, ...settings);
      expect(stdout).toContain('finished after 4 steps');
      expect(readdirSync(out).sort()).toEqual(runFiles);
      const report = await excb('knn', out, '--data', join(folder, 'images'), '--k', '5');
      expect(report.stdout).toMatch(/\d+\.\d+%/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 120_000);
});

describe('@excb/balancer, packed and installed', { timeout: patience }, () => {
  let project: string;

  beforeAll(async () => {
    project = mkdtempSync(join(tmpdir(), 'excb-pack-'));
    const workspaces = ['-w', '@excb/tensor', '-w', '@excb/balancer'];
    await run('npm', ['pack', ...workspaces, '--pack-destination', project], { cwd: root });
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty-project', private: true }));
    const tarballs = readdirSync(project).filter((name) => name.endsWith('.tgz'));
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund', ...tarballs], { cwd: project });
  }, patience);

  afterAll(() => rmSync(project, { recursive: true, force: true }));

  it('brings the two packages and nothing else', () => {
    const installed = (folder: string) => readdirSync(folder).filter((name) => !name.startsWith('.'));
    expect(installed(join(project, 'node_modules'))).toEqual(['@excb']);
    expect(installed(join(project, 'node_modules/@excb')).sort()).toEqual(['balancer', 'tensor']);
    for (const name of ['balancer', 'tensor']) {
      expect(installed(join(project, 'node_modules/@excb', name))).not.toContain('node_modules');
    }
  });

  it('runs its README example as an ES module', async () => {
    writeFileSync(join(project, 'example.mjs'), asJavaScript(readmeExample()));
    const { stdout } = await run(process.execPath, ['example.mjs'], { cwd: project });
    expect(stdout.trim()).not.toBe('');
  });

  it('runs its README example from CommonJS', async () => {
    writeFileSync(join(project, 'example.cjs'), asCommonJs(asJavaScript(readmeExample())));
    const { stdout } = await run(process.execPath, ['example.cjs'], { cwd: project });
    expect(stdout.trim()).not.toBe('');
  });

  it('adds less than 10 kB gzipped to a bundle of createBalancer', async () => {
    const result = await build({
      stdin: { contents: "export { createBalancer } from '@excb/balancer';", resolveDir: project },
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      platform: 'neutral',
      mainFields: ['module', 'main'],
    });
    const size = gzipSync(result.outputFiles[0].contents, { level: 9 }).byteLength;
    expect(size).toBeGreaterThan(500);
    expect(size).toBeLessThan(bundleLimit);
  });
});

/** Two classes of 16 discs, as SVG files. */
function drawImages(folder: string): void {
  for (const label of ['left', 'right']) {
    mkdirSync(join(folder, 'images', label), { recursive: true });
    for (let i = 0; i < 16; i++) {
      const disc = `<circle cx="${label === 'left' ? 12 : 28}" cy="${10 + i}" r="${4 + (i % 5)}" fill="hsl(${i * 20},80%,50%)"/>`;
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">${disc}</svg>`;
      writeFileSync(join(folder, 'images', label, `${i}.svg`), svg);
    }
  }
}

function readmeExample(): string {
  const readme = readFileSync(join(root, 'packages/balancer/README.md'), 'utf8');
  const block = /^```ts\n([\s\S]*?)^```$/m.exec(readme);
  if (!block) throw new Error('packages/balancer/README.md has no ```ts block');
  return block[1];
}

function asJavaScript(code: string): string {
  return transformSync(code, { loader: 'ts', format: 'esm', target: 'node20' }).code;
}

/** CommonJS has no `await` outside functions: the imports become `require`, the rest runs inside a function. */
function asCommonJs(code: string): string {
  const imports = /^import\s*\{([^}]*)\}\s*from\s*["']([^"']+)["'];?$/gm;
  const required = [...code.matchAll(imports)].map(
    ([, names, from]) => `const {${names.replace(/\bas\b/g, ':')}} = require('${from}');`,
  );
  const body = code.replace(imports, '');
  if (/^import\b/m.test(body)) throw new Error(`the README example has an import of another form:\n${body}`);
  return `${required.join('\n')}\n(async () => {\n${body}\n})();\n`;
}
