import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readmeExample } from './code-blocks.ts';
import { PackedProject } from './packed-project.ts';
import { asCommonJs, asJavaScript } from './plain-javascript.ts';
import { buildVitePage } from './vite-page.ts';
import { publishedPackages, root } from './workspace.ts';

// What users get: `dist`, not the sources that all other tests run on.

const run = promisify(execFile);
/** Bytes of `createBalancer` and all that it needs, minified and gzipped. */
const bundleLimits = { '@excb/balancer': 10_000, '@excb/balancer/plain': 6_000 };
const patience = 600_000;
const runFiles = ['checkpoint.json', 'checkpoint.safetensors', 'config.json', 'log.jsonl'];

/** kB of each package as npm downloads it; about a third more than at the last count. */
const packedCeilings: Record<string, number> = {
  '@excb/augment': 120,
  '@excb/backbones': 175,
  '@excb/balancer': 120,
  '@excb/data': 185,
  '@excb/eval': 100,
  '@excb/ops': 265,
  '@excb/tensor': 295,
  '@excb/tfjs-backend-onnxruntime': 360,
  '@excb/trainer': 195,
  excb: 24,
};
/** Vite's script asks the page whether the browser preloads modules; Node has no page. */
const noDocument =
  'globalThis.document = { createElement: () => ({ relList: { supports: () => true } }) };\n';
const bundlerHash = /-[A-Za-z0-9_-]{8}\.(?=(js|cjs|mjs|d\.ts|d\.cts)(\.map)?$)/;

interface Tarball {
  name: string;
  size: number;
  files: { path: string }[];
}

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

// Every file that users download; sources are compared with the folder. `npx vitest run test/built-packages.test.ts -u` writes the lists anew.
describe('packed contents', () => {
  const packages = publishedPackages();
  let tarballs: Tarball[];

  beforeAll(async () => {
    const workspaces = packages.flatMap(({ manifest }) => ['-w', manifest.name]);
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', ...workspaces], { cwd: root });
    tarballs = JSON.parse(stdout);
  }, patience);

  const contentsOf = (name: string) => tarballs.find((tarball) => tarball.name === name)!;

  it.each(packages.map((item) => [item.manifest.name, item.folder]))('of %s', async (name, folder) => {
    const paths = contentsOf(name).files.map(({ path }) => path.replace(bundlerHash, '-*.'));
    const expected = new Set(paths.filter((path) => path !== 'CHANGELOG.md')); // comes with the first release
    const list = [...expected].filter((path) => !path.startsWith('src/')).sort();
    await expect(`${list.join('\n')}\n`).toMatchFileSnapshot(`packed-contents/${folder}.txt`);
  });

  it.each(packages.filter(({ manifest }) => manifest.files?.includes('src')))(
    'of $manifest.name have the sources that its source maps name, without tests',
    ({ path, manifest }) => {
      const sources = readdirSync(join(path, 'src'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
        .map((entry) => relative(path, join(entry.parentPath, entry.name)));
      const packed = contentsOf(manifest.name).files.map((file) => file.path);
      expect(packed.filter((file) => file.startsWith('src/')).sort()).toEqual(sources.sort());
    },
  );

  it.each(packages.map(({ manifest }) => manifest.name))('of %s hold no tests and no fixtures', (name) => {
    const paths = contentsOf(name).files.map(({ path }) => path);
    expect(
      paths.filter((path) => /\.test\.|(^|\/)(test|bench|fixtures|golden|node_modules)\//.test(path)),
    ).toEqual([]);
    expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
  });

  it.each(Object.entries(packedCeilings))('%s is under %i kB packed', (name, ceiling) => {
    expect(contentsOf(name).size / 1024).toBeLessThan(ceiling);
  });

  it('are listed, and have a ceiling, for published packages only', () => {
    const lists = readdirSync(join(root, 'test/packed-contents')).sort();
    expect(lists).toEqual(packages.map(({ folder }) => `${folder}.txt`));
    expect(Object.keys(packedCeilings).sort()).toEqual(packages.map(({ manifest }) => manifest.name).sort());
  });
});

describe('@excb/balancer, packed and installed', { timeout: patience }, () => {
  const program = readFileSync(join(root, 'test/programs/balance.ts'), 'utf8');
  let project: PackedProject;
  let expected: string;

  beforeAll(async () => {
    project = await PackedProject.make();
    const sources = ['--import', 'tsx', '--conditions=@excb/source', 'test/programs/balance.ts'];
    expected = (await run(process.execPath, sources, { cwd: root })).stdout;
    expect(JSON.parse(expected).assigned.length).toBe(20);
  }, patience);

  afterAll(() => project?.remove());

  it('brings the two packages and nothing else', () => {
    const names = (folder: string) =>
      readdirSync(join(project.folder, folder)).filter((name) => !name.startsWith('.'));
    expect(Object.keys(project.installed())).toEqual([
      'node_modules/@excb/balancer',
      'node_modules/@excb/tensor',
    ]);
    expect(names('node_modules')).toEqual(['@excb']);
    expect(names('node_modules/@excb').sort()).toEqual(['balancer', 'tensor']);
    for (const name of ['balancer', 'tensor']) {
      expect(names(`node_modules/@excb/${name}`)).not.toContain('node_modules');
    }
  });

  it.each(['balancer', 'tensor'])('%s runs nothing when it is installed', (name) => {
    const folder = join(project.folder, 'node_modules/@excb', name);
    const { scripts = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    expect(Object.keys(scripts).filter((script) => /install|prepare/.test(script))).toEqual([]);
    expect(existsSync(join(folder, 'binding.gyp'))).toBe(false);
    expect(project.installed()[`node_modules/@excb/${name}`].hasInstallScript).toBeUndefined();
  });

  it('runs its README example as an ES module', async () => {
    project.write('example.mjs', asJavaScript(example()));
    expect((await project.node('example.mjs')).trim()).not.toBe('');
  });

  it('runs its README example from CommonJS', async () => {
    project.write('example.cjs', asCommonJs(asJavaScript(example())));
    expect((await project.node('example.cjs')).trim()).not.toBe('');
  });

  it('computes what the sources do, as an ES module and from CommonJS', async () => {
    project.write('balance.mjs', asJavaScript(program));
    project.write('balance.cjs', asCommonJs(asJavaScript(program)));
    expect(await project.node('balance.mjs')).toBe(expected);
    expect(await project.node('balance.cjs')).toBe(expected);
  });

  it('has threads, as an ES module, from CommonJS and in a bundle, which let the program end', async () => {
    const threads = readFileSync(join(root, 'test/programs/threads.ts'), 'utf8');
    project.write('threads.mjs', asJavaScript(threads));
    project.write('threads.cjs', asCommonJs(asJavaScript(threads)));
    project.write('threads-bundle.mjs', await bundle(asJavaScript(threads), project));
    for (const file of ['threads.mjs', 'threads.cjs', 'threads-bundle.mjs']) {
      expect(await project.node(file), file).toBe('equal\n');
    }
  });

  it('and in a bundle by esbuild', async () => {
    const code = await bundle(asJavaScript(program), project);
    project.write('bundle.mjs', code);
    expect(await project.node('bundle.mjs')).toBe(expected);
  });

  it('and in a page built by Vite', async () => {
    const { scripts } = await buildVitePage(project, program);
    expect(scripts.length).toBe(1);
    project.write('vite.mjs', noDocument + readFileSync(scripts[0], 'utf8'));
    expect(await project.node('vite.mjs')).toBe(expected);
  });

  it.each(['@excb/balancer', 'npm:@excb/balancer'])(
    'and in Deno, which finds its types, as %s',
    async (name) => {
      const code = program.replace('@excb/balancer', name);
      project.write('deno.ts', code);
      project.write('mistyped.ts', code.replace('{ clusters,', "{ clusters: 'four',"));
      expect(await project.deno('run', '--no-prompt', '--cached-only', '--check', 'deno.ts')).toBe(expected);
      await expect(project.deno('check', '--cached-only', 'mistyped.ts')).rejects.toThrow(
        /'string'.*'number'/,
      );
    },
  );

  it.each(Object.entries(bundleLimits))(
    'createBalancer of %s adds less than %i bytes gzipped',
    async (name, limit) => {
      const code = await bundle(`export { createBalancer } from '${name}';`, project);
      const size = gzipSync(code, { level: 9 }).byteLength;
      expect(size).toBeGreaterThan(500);
      expect(size).toBeLessThan(limit);
    },
  );
});

/** An ES module for any platform that holds all that `code` imports. */
async function bundle(code: string, { folder }: PackedProject): Promise<string> {
  const result = await build({
    stdin: { contents: code, resolveDir: folder },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
  });
  return result.outputFiles[0].text;
}

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

function example(): string {
  return readmeExample(readFileSync(join(root, 'packages/balancer/README.md'), 'utf8'));
}
