/**
 * `npm run release:rehearsal`: releases a copy of this repository twice to a registry on this machine, and installs
 * from it as users do. Prints what is seen; the exit code is 0 only if all is as it should be.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../test/workspace.ts';
import { type LocalRegistry, startLocalRegistry } from './rehearsal/local-registry.ts';
import { Observations } from './rehearsal/observations.ts';
import { rehearse } from './rehearsal/rehearse.ts';
import { RepositoryCopy } from './rehearsal/repository-copy.ts';
import { runCommand } from './release/run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'excb-rehearsal-'));
const remove = () => rmSync(folder, { recursive: true, force: true });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    process.once('exit', remove); // after the commands that run have been ended
    process.exit(1);
  });
}

const observations = new Observations();
const { observe } = observations;
let registry: LocalRegistry | undefined;
process.exitCode = 1;
try {
  const before = await stateOfTree();
  const copy = await observe<RepositoryCopy>('a copy of the repository', async () => {
    const made = await RepositoryCopy.make(root, join(folder, 'repository'));
    return [`version ${made.version()}, ${made.changesets().length} changesets`, made];
  });
  registry = await observe<LocalRegistry>('a registry on this machine', async () => {
    const uplink = (await runCommand('npm', ['config', 'get', 'registry'], { cwd: root })).trim();
    mkdirSync(join(folder, 'registry'));
    const started = await startLocalRegistry(join(folder, 'registry'), uplink);
    return [`${started.url}, others from ${uplink}`, started];
  });
  await rehearse(observations, { folder, copy, registry });
  await observe('the repository itself is untouched', async () => {
    assert.equal(await stateOfTree(), before);
    return before.split('\n')[0] || 'not a git repository';
  });
  console.log('all is as it should be');
  process.exitCode = 0;
} catch {
  console.error('the rehearsal stopped at the line marked FAIL');
} finally {
  await registry?.stop();
  remove();
  if (process.env.EXCB_TEST_REPORT) observations.write(process.env.EXCB_TEST_REPORT);
}

/** Commit, tags and changed files. Empty where git does not know the folder. */
async function stateOfTree(): Promise<string> {
  const git = (...args: string[]) => runCommand('git', args, { cwd: root });
  try {
    return `at ${await git('rev-parse', 'HEAD')}${await git('tag')}${await git('status', '--porcelain')}`;
  } catch {
    return '';
  }
}
