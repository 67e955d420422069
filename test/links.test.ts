import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { publishedPackages, root } from './workspace.ts';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs')).map((name) => join('docs', name)),
  ...publishedPackages().map(({ path }) => relative(root, join(path, 'README.md'))),
];

describe('documentation', () => {
  it.each(pages)('%s links to pages that exist', (page) => {
    const folder = dirname(join(root, page));
    const links = [...readFileSync(join(root, page), 'utf8').matchAll(/\]\(([^)\s]+)\)/g)].map(
      ([, link]) => link,
    );
    const local = links
      .map((link) => link.split('#')[0])
      .filter((link) => link !== '' && !/^[a-z]+:/.test(link));
    expect(local.filter((link) => !existsSync(join(folder, link)))).toEqual([]);
  });
});
