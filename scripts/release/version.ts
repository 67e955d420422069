import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { publishedPackages, root } from '../../test/workspace.ts';
import { ReleaseError } from './release-error.ts';
import { runCommand } from './run-command.ts';

/** The changesets that no version holds yet. */
export function pendingChangesets(): string[] {
  return readdirSync(join(root, '.changeset')).filter((name) => name.endsWith('.md') && name !== 'README.md');
}

/** The one version of all packages: they are released together, as `fixed` in .changeset/config.json says. */
export function commonVersion(): string {
  const manifests = publishedPackages().map(({ manifest }) => manifest);
  const versions = new Set(manifests.map(({ version }) => version));
  if (versions.size !== 1) {
    const list = manifests.map(({ name, version }) => `${name}@${version}`).join(', ');
    throw new ReleaseError(
      `the packages have different versions (${list}), expected one: see "fixed" in .changeset/config.json`,
    );
  }
  return [...versions][0];
}

/** New versions, changelogs and lockfile out of the pending changesets, as one commit. */
export async function versionPackages(): Promise<void> {
  const run = (command: string, ...args: string[]) => runCommand(command, args, { cwd: root });
  try {
    await run('npx', 'changeset', 'version');
    await run('npm', 'install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund');
    await run('npm', 'run', 'lockfile');
    await run('npx', 'biome', 'format', '--write', '.'); // Changesets writes package.json in a style of its own
    await run('git', 'add', '--all');
    await run('git', 'commit', '--message', `Release ${commonVersion()}`);
  } catch (error) {
    throw new ReleaseError(
      `${(error as Error).message}\n\nThe versions are half made: "git reset --hard" takes them back, then try again.`,
    );
  }
}
