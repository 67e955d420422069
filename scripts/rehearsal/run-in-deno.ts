import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readmeExample } from '../../test/code-blocks.ts';
import { runCommand } from '../release/run-command.ts';
import type { LocalRegistry } from './local-registry.ts';

/** Runs a README's example in Deno, which fetches `@excb/balancer` from the registry itself; returns its last line. */
export async function runInDeno(
  folder: string,
  readme: string,
  version: string,
  { url }: LocalRegistry,
): Promise<string> {
  mkdirSync(folder);
  const code = readmeExample(readme).replace("'@excb/balancer'", `'npm:@excb/balancer@${version}'`);
  writeFileSync(join(folder, 'example.ts'), code);
  const deno = fileURLToPath(import.meta.resolve('deno/bin.cjs'));
  const env = {
    ...process.env,
    NPM_CONFIG_REGISTRY: url,
    DENO_DIR: join(folder, 'cache'),
    DENO_NO_UPDATE_CHECK: '1',
  };
  const newVersions = '--minimum-dependency-age=0'; // by default Deno takes none that is younger than a day
  const args = [deno, 'run', '--no-prompt', '--check', newVersions, 'example.ts'];
  const output = (await runCommand(process.execPath, args, { cwd: folder, env })).trim();
  assert.notEqual(output, '', 'it printed nothing');
  return output.split('\n').at(-1) ?? '';
}
