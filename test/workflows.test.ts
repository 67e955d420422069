import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './workspace.ts';

const folder = join(root, '.github/workflows');

describe.each(readdirSync(folder))('workflow %s', (file) => {
  const lines = readFileSync(join(folder, file), 'utf8').split('\n');

  it('may write nothing unless a job says what', () => {
    const at = lines.findIndex((line) => line.startsWith('permissions:'));
    const rest = lines.slice(at + 1);
    const block = rest.slice(
      0,
      rest.findIndex((line) => !line.startsWith(' ')),
    );
    expect([lines[at], ...block].join('\n')).toMatch(/^permissions:( \{\}|\n {2}contents: read)$/);
  });

  it('leaves no token of the repository behind for what it installs', () => {
    const checkouts = lines.flatMap((line, i) => (line.includes('actions/checkout@') ? [i] : []));
    for (const i of checkouts) expect(lines[i + 2].trim()).toBe('persist-credentials: false');
  });
});
