import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { publishedPackages, root, type WorkspacePackage } from '../../test/workspace.ts';
import { publishOrder } from './publish-order.ts';
import { ReleaseError } from './release-error.ts';
import { CommandError, runCommand } from './run-command.ts';

/**
 * Publishes the packages that the registry does not have at their version, each after those it depends on, and returns
 * their names. Started again after a failure it goes on where that stopped.
 */
export async function publishPackages(version: string, say: (line: string) => void): Promise<string[]> {
  const packages = publishOrder(publishedPackages());
  const names = packages.map(({ manifest }) => manifest.name);
  const published = await Promise.all(names.map((name) => isPublished(name, version)));
  const missing = names.filter((_, i) => !published[i]);
  if (missing.length === 0) return [];
  if (missing.length < names.length) {
    say(`already in the registry: ${names.filter((name) => !missing.includes(name)).join(', ')}`);
  }
  await checkProvenance(packages);

  say('building');
  await runCommand('npx', ['turbo', 'run', 'build', '--output-logs=errors-only'], { cwd: root });
  const tarballs = await pack(missing);

  for (const [i, name] of missing.entries()) {
    const { filename, size, entryCount } = tarballs[name];
    try {
      await publishTarball(filename);
    } catch (error) {
      const left = missing.slice(i).map((other) => `${other}@${version}`);
      throw new ReleaseError(
        `${(error as Error).message}\n\nnot published: ${left.join(', ')}. ` +
          'Repair the cause, then run the same command again: what is in the registry already is left as it is.',
      );
    }
    say(`published ${name}@${version}: ${entryCount} files, ${Math.round(size / 1024)} kB packed`);
  }
  return missing;
}

interface Tarball {
  name: string;
  filename: string;
  size: number;
  entryCount: number;
}

/** Packs all before any is published: a package that cannot be packed stops the release while it is still nothing. */
async function pack(names: string[]): Promise<Record<string, Tarball>> {
  const folder = join(root, '.cache', 'release');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const workspaces = names.flatMap((name) => ['--workspace', name]);
  const args = ['pack', '--json', '--pack-destination', folder, ...workspaces];
  const packed = JSON.parse(await runCommand('npm', args, { cwd: root })) as Tarball[];
  return Object.fromEntries(
    packed.map((tarball) => [tarball.name, { ...tarball, filename: join(folder, tarball.filename) }]),
  );
}

async function publishTarball(file: string): Promise<void> {
  try {
    await runCommand('npm', ['publish', file], { cwd: root });
  } catch (error) {
    // A registry may take a while to list what it has taken: the second attempt then finds it there.
    const already = /EPUBLISHCONFLICT|cannot publish over|previously published version/i;
    if (!(error instanceof CommandError && already.test(error.output))) throw error;
  }
}

async function isPublished(name: string, version: string): Promise<boolean> {
  try {
    const args = ['view', `${name}@${version}`, 'version', '--json', '--prefer-online'];
    return (await runCommand('npm', args, { cwd: root })).trim() !== '';
  } catch (error) {
    if (error instanceof CommandError && error.output.includes('E404')) return false;
    throw new ReleaseError(`cannot ask the registry for ${name}@${version}: ${(error as Error).message}`);
  }
}

/** The registry refuses provenance of a package that does not name the repository it is built from. */
async function checkProvenance(packages: WorkspacePackage[]): Promise<void> {
  const setting = await runCommand('npm', ['config', 'get', 'provenance'], { cwd: root });
  if (setting.trim() !== 'true') return;
  const without = packages
    .filter(({ manifest }) => !manifest.repository)
    .map(({ manifest }) => manifest.name);
  if (without.length === 0) return;
  const address = `git+https://github.com/${process.env.GITHUB_REPOSITORY ?? 'OWNER/NAME'}.git`;
  throw new ReleaseError(
    `provenance is asked for, but package.json of ${without.join(', ')} names no repository: ` +
      `run "npm pkg set repository.type=git repository.url=${address} --workspaces", and commit`,
  );
}
