import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { publishedPackages, root, sourceEntries } from './workspace.ts';

// What users can import, name by name. A change here is a change of the public interface: it needs a changeset.
// `npx vitest run test/public-exports.test.ts -u` writes the lists anew.

const packages = publishedPackages();
const program = ts.createProgram(
  packages.flatMap(sourceEntries).map(({ file }) => file),
  compilerOptions(),
);
const checker = program.getTypeChecker();

describe('public exports', () => {
  it.each(packages.map((item) => [item.manifest.name, item] as const))('of %s', async (_, item) => {
    const sections = sourceEntries(item).map(({ subPath, file }) =>
      [`# ${subPath}`, ...exportedNames(file)].join('\n'),
    );
    for (const command of Object.keys(item.manifest.bin ?? {})) sections.push(`# command ${command}`);
    await expect(`${sections.join('\n\n')}\n`).toMatchFileSnapshot(`public-exports/${item.folder}.txt`);
  });

  it('are listed for published packages only', () => {
    const lists = readdirSync(join(root, 'test/public-exports')).sort();
    expect(lists).toEqual(packages.map((item) => `${item.folder}.txt`));
  });
});

function exportedNames(file: string): string[] {
  const source = program.getSourceFile(file);
  if (!source) throw new Error(`${file} is named in a package.json, but does not exist`);
  const module = checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${file} is not a module: it needs an import or an export`);
  return checker
    .getExportsOfModule(module)
    .map((symbol) => `${symbol.name}: ${kind(symbol)}`)
    .sort();
}

function kind(symbol: ts.Symbol): string {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  if (target.flags & ts.SymbolFlags.Class) return 'class';
  if (target.flags & ts.SymbolFlags.Function) return 'function';
  if (target.flags & ts.SymbolFlags.Variable) return 'value';
  if (target.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias)) return 'type';
  throw new Error(`${symbol.name} is neither a class, a function, a value nor a type`);
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  return ts.parseJsonConfigFileContent(config, { ...ts.sys, readDirectory: () => [] }, root).options;
}
