import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import type { PackedProject } from './packed-project.ts';

/** Builds a page whose script is `code` with Vite and its defaults. */
export async function buildVitePage(project: PackedProject, code: string) {
  project.write(
    'index.html',
    '<!doctype html><title>ExCB</title><script type="module" src="/page.ts"></script>',
  );
  project.write('page.ts', code);
  await build({ root: project.folder, configFile: false, logLevel: 'warn' });
  const folder = join(project.folder, 'dist');
  const scripts = readdirSync(join(folder, 'assets')).filter((name) => name.endsWith('.js'));
  return { folder, scripts: scripts.map((name) => join(folder, 'assets', name)) };
}
