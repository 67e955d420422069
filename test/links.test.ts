import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentationPages, readPage } from './documentation-pages.ts';
import { root } from './workspace.ts';

describe('documentation', () => {
  it.each(documentationPages())('%s links to pages that exist', (page) => {
    const folder = dirname(join(root, page));
    const links = [...readPage(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
    const local = links
      .map((link) => link.split('#')[0])
      .filter((link) => link !== '' && !/^[a-z]+:/.test(link));
    expect(local.filter((link) => !existsSync(join(folder, link)))).toEqual([]);
  });
});
