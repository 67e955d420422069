import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { publishedPackages, root } from './workspace.ts';

const folder = join(root, 'examples');
const examples = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'package.json')));
const published = publishedPackages().flatMap(({ manifest }) =>
  Object.keys(manifest.exports ?? {}).map((subPath) => manifest.name + subPath.slice(1)),
);
const lineLimit = 120;

describe.each(examples)('example %s', (name) => {
  const sources = readdirSync(join(folder, name, 'src')).map((file) => ({
    file,
    text: readFileSync(join(folder, name, 'src', file), 'utf8'),
  }));
  const manifest = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8'));

  it('has files of under 120 lines', () => {
    const long = sources.filter(({ text }) => text.trimEnd().split('\n').length >= lineLimit);
    expect(long.map(({ file }) => file)).toEqual([]);
  });

  it('imports published names, what its package.json names, and its own files', () => {
    const imported = sources.flatMap(({ text }) =>
      [...text.matchAll(/^(?:import|export)\b[^;]*?'([^']+)';$/gm)].map(([, specifier]) => specifier),
    );
    expect(imported.length).toBeGreaterThan(0);
    const named = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
    const allowed = (specifier: string) =>
      specifier.startsWith('./') ||
      builtinModules.includes(specifier.replace(/^node:/, '')) ||
      (specifier.startsWith('@excb/') ? published.includes(specifier) : named.includes(specifier));
    expect(imported.filter((specifier) => !allowed(specifier))).toEqual([]);
    const ours = imported.filter((specifier) => specifier.startsWith('@excb/'));
    const packages = ours.map((specifier) => specifier.split('/').slice(0, 2).join('/'));
    expect(packages.filter((item) => !named.includes(item))).toEqual([]);
  });

  it('has a README, which says how to run it, and a row in the table of the top README', () => {
    const readme = readFileSync(join(folder, name, 'README.md'), 'utf8');
    expect(readme).toMatch(/npm (run (example|study:small-batch)|start -w @excb\/example-)/);
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(`](examples/${name}/README.md)`);
  });
});
