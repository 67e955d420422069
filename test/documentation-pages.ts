import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './workspace.ts';

/** Every page that people read, as paths from the root. */
export function documentationPages(): string[] {
  const folders = ['packages', 'examples'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => `${group}/${name}`),
  );
  return [
    'README.md',
    'CONTRIBUTING.md',
    ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
    ...folders.map((folder) => `${folder}/README.md`),
  ].filter((page) => existsSync(join(root, page)));
}

export function readPage(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}
