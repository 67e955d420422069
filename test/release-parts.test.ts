import { describe, expect, it } from 'vitest';
import { expectedVersion } from '../scripts/rehearsal/expected-version.ts';
import { publishOrder } from '../scripts/release/publish-order.ts';
import { publishedPackages } from './workspace.ts';

const item = (name: string, ...dependencies: string[]) => ({
  manifest: { name, dependencies: Object.fromEntries(dependencies.map((other) => [other, '1.0.0'])) },
});

describe('publishOrder', () => {
  it('puts a package after those it depends on, and leaves out those of others', () => {
    const ordered = publishOrder([item('c', 'b', 'a'), item('b', 'a', 'lodash'), item('a')]);
    expect(ordered.map(({ manifest }) => manifest.name)).toEqual(['a', 'b', 'c']);
  });

  it('names a circle', () => {
    expect(() => publishOrder([item('a', 'b'), item('b', 'a')])).toThrow('a → b → a');
  });

  it('keeps every package of this repository, each dependency first', () => {
    const names = publishOrder(publishedPackages()).map(({ manifest }) => manifest.name);
    expect([...names].sort()).toEqual(
      publishedPackages()
        .map(({ manifest }) => manifest.name)
        .sort(),
    );
    for (const { manifest } of publishedPackages()) {
      for (const dependency of Object.keys(manifest.dependencies ?? {}).filter((name) =>
        names.includes(name),
      )) {
        expect(names.indexOf(dependency)).toBeLessThan(names.indexOf(manifest.name));
      }
    }
  });
});

describe('expectedVersion', () => {
  const changeset = (...bumps: string[]) =>
    `---\n${bumps.map((bump, i) => `"@excb/p${i}": ${bump}\n`).join('')}---\n\nText: minor\n`;

  it.each([
    ['0.3.1', [], '0.3.1'],
    ['0.3.1', [changeset('patch')], '0.3.2'],
    ['0.3.1', [changeset('patch'), changeset('patch', 'minor')], '0.4.0'],
    ['0.3.1', [changeset('major', 'patch')], '1.0.0'],
  ])('of %s after %j is %s', (version, changesets, expected) => {
    expect(expectedVersion(version, changesets)).toBe(expected);
  });
});
