/**
 * Releases all packages: version → changelog → commit → build → pack → publish → tag.
 * `npm run release` does all of it; `-- --only version` stops before the build, `-- --only publish` makes no versions.
 * Done again after a failure it goes on from where it stopped, and with nothing to do it does nothing.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../test/workspace.ts';
import { publishPackages } from './release/publish.ts';
import { ReleaseError } from './release/release-error.ts';
import { runCommand } from './release/run-command.ts';
import { commonVersion, pendingChangesets, versionPackages } from './release/version.ts';

const steps = ['version', 'publish'];

try {
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  if (values.only !== undefined && !steps.includes(values.only)) {
    throw new ReleaseError(`--only is ${values.only}, expected one of ${steps.join(', ')}`);
  }
  await refuseDirtyTree();
  if (values.only !== 'version') await refuseOtherBranch();
  if (values.only !== 'publish') await version();
  if (values.only !== 'version') await publish();
} catch (error) {
  console.error(`release stopped: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function version(): Promise<void> {
  const pending = pendingChangesets();
  if (pending.length === 0) return console.log('no changesets: the versions stay as they are');
  await versionPackages();
  console.log(`version ${commonVersion()} out of ${pending.length} changesets, committed`);
}

async function publish(): Promise<void> {
  const pending = pendingChangesets();
  if (pending.length > 0) {
    throw new ReleaseError(
      `no version holds the changesets ${pending.join(', ')} yet, so the changelogs would not be those of what is ` +
        'published: run "npm run release -- --only version" first',
    );
  }
  const released = commonVersion();
  const names = await publishPackages(released, (line) => console.log(line));
  if (names.length === 0)
    return console.log(`nothing to publish: the registry has ${released} of every package`);
  const tag = `v${released}`;
  const tags = (await git('tag', '--list', tag)).trim();
  if (tags === '') await git('tag', '--annotate', tag, '--message', `Release ${released}`);
  console.log(`released ${released}, tagged ${tag}: "git push --follow-tags" pushes both commit and tag`);
}

async function refuseOtherBranch(): Promise<void> {
  const base = JSON.parse(readFileSync(join(root, '.changeset/config.json'), 'utf8')).baseBranch as string;
  const branch = (await git('branch', '--show-current')).trim();
  if (branch !== base) {
    throw new ReleaseError(
      `the branch is ${branch || 'none'}, expected ${base}: releases are published from there`,
    );
  }
}

async function refuseDirtyTree(): Promise<void> {
  const changes = (await git('status', '--porcelain')).trimEnd();
  if (changes === '') return;
  const shown = changes.split('\n').slice(0, 10).join('\n');
  throw new ReleaseError(
    `the tree has changes that are in no commit:\n${shown}\ncommit them, or take them back, then try again`,
  );
}

function git(...args: string[]): Promise<string> {
  return runCommand('git', args, { cwd: root });
}
