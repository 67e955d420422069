import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { publishedPackages } from '../../test/workspace.ts';
import { type CommandError, runCommand } from '../release/run-command.ts';
import { expectedVersion } from './expected-version.ts';
import type { LocalRegistry } from './local-registry.ts';
import { npmClient } from './npm-client.ts';
import type { Observations } from './observations.ts';
import type { RepositoryCopy } from './repository-copy.ts';
import { runInDeno } from './run-in-deno.ts';
import { UserProject } from './user-project.ts';

const names = publishedPackages().map(({ manifest }) => manifest.name);
const news = 'Rehearsal: the balancer keeps its balance.';
const changeset = `---\n"@excb/balancer": minor\n"@excb/tfjs-backend-onnxruntime": minor\n---\n\n${news}\n`;

interface Stage {
  /** A folder for what is made on the way. */
  folder: string;
  copy: RepositoryCopy;
  registry: LocalRegistry;
}

/** Two releases of the copy, and what users see of them. */
export async function rehearse({ observe }: Observations, { folder, copy, registry }: Stage): Promise<void> {
  const owner = npmClient(join(folder, 'owner'), registry, await registry.addUser('owner'));
  const newcomer = npmClient(join(folder, 'newcomer'), registry, await registry.addUser('newcomer'));
  const user = npmClient(join(folder, 'user'), registry);

  await observe('a tree with changes is refused', async () => {
    copy.write('left-behind.txt', 'a file that is in no commit');
    const { output } = await failure(copy.release(owner));
    assert.match(output, /in no commit:\n\?\? left-behind\.txt/);
    await copy.git('clean', '--quiet', '--force', 'left-behind.txt');
    return output.trim().split('\n')[0];
  });

  const previous = expectedVersion(copy.version(), copy.changesets());
  await observe(`${previous} is released`, async () => {
    await copy.release(owner);
    await expectLatest(registry, previous, [previous]);
    assert.equal((await copy.git('describe', '--exact-match')).trim(), `v${previous}`);
    assert.equal(await copy.git('status', '--porcelain'), '');
    return `${names.length} packages, dist-tag latest, tag v${previous}, nothing uncommitted`;
  });

  const project = new UserProject(join(folder, 'project'), user);
  await observe('@excb/balancer alone, into an empty project', async () => {
    await project.npm('install', '@excb/balancer');
    return expectTwoPackages(project, previous);
  });
  await observe('the example of its README runs', () => project.runReadmeExample());

  await observe('publishing is refused while a changeset waits for its version', async () => {
    copy.write('.changeset/rehearsal.md', changeset);
    await copy.commit('A change that users notice');
    const { output } = await failure(copy.release(owner, '--only', 'publish'));
    assert.match(output, /no version holds the changesets rehearsal\.md yet/);
    return output.trim().split('\n')[0];
  });

  const next = expectedVersion(previous, [changeset]);
  await observe(`version ${next} is made and nothing is published`, async () => {
    await copy.release(owner, '--only', 'version');
    assert.equal(copy.version(), next);
    assert.deepEqual(copy.changesets(), []);
    assert.equal(await copy.git('status', '--porcelain'), '');
    await expectLatest(registry, previous, [previous]);
    await runCommand('npm', ['ci', '--dry-run', '--ignore-scripts', '--prefer-offline'], {
      cwd: copy.folder,
    });
    return (await copy.git('log', '-1', '--format=%s')).trim();
  });

  await observe('a release that fails at the last package says so', async () => {
    const { output } = await failure(copy.release(newcomer));
    assert.match(output, new RegExp(`^not published: excb@${next}\\.`, 'm'));
    assert.equal((await distTags(registry, 'excb')).latest, previous);
    return output.trim().split('\n').at(-1) ?? '';
  });
  await observe('and goes on from there when it is run again', async () => {
    const output = await copy.release(owner);
    const published = [...output.matchAll(/^published (\S+):/gm)].map(([, name]) => name);
    assert.deepEqual(published, [`excb@${next}`]);
    assert.equal((await copy.git('describe', '--exact-match')).trim(), `v${next}`);
    return `published ${published.join(', ')}`;
  });
  await observe('run once more it has nothing to do', async () => {
    const output = await copy.release(owner);
    assert.match(output, /nothing to publish/);
    return output.trim().split('\n').at(-1) ?? '';
  });

  await observe('the dist-tag and the versions in the registry', async () => {
    await expectLatest(registry, next, [previous, next]);
    return `latest is ${next}, versions ${previous} and ${next}, of all ${names.length} packages`;
  });

  await observe('npm update keeps to the range that was asked for', async () => {
    await project.npm('update');
    return expectTwoPackages(project, previous);
  });
  await observe('an upgrade from the previous version', async () => {
    await project.npm('install', '@excb/balancer@latest');
    return expectTwoPackages(project, next);
  });
  await observe('the example runs after the upgrade', () => project.runReadmeExample());
  await observe('the changelog that comes with it', async () => {
    const changelog = project.read('CHANGELOG.md');
    const sections = [...changelog.matchAll(/^## (.+)$/gm)].map(([, version]) => version);
    assert.deepEqual(sections.slice(0, 2), [next, previous]);
    const newest = changelog.slice(changelog.indexOf(`## ${next}`), changelog.indexOf(`## ${previous}`));
    assert.match(newest, new RegExp(`### Minor Changes\\n\\n- [0-9a-f]{7}: ${news}`));
    assert.equal(changelog.split(news).length, 2, 'the change stands there once');
    return `${sections.join(', ')}; "${news}" under ${next}`;
  });

  const fresh = new UserProject(join(folder, 'fresh'), user);
  await observe(`@excb/balancer ${next} alone, into an empty project`, async () => {
    await fresh.npm('install', '@excb/balancer');
    return expectTwoPackages(fresh, next);
  });
  await observe('its example runs', () => fresh.runReadmeExample());
  await observe(`the example runs in Deno, from npm:@excb/balancer@${next}`, () =>
    runInDeno(join(folder, 'deno'), fresh.read('README.md'), next, registry),
  );

  await observe('the command line resolves to packages of one version', async () => {
    const commandLine = new UserProject(join(folder, 'command-line'), user);
    await commandLine.npm('install', 'excb', '--package-lock-only');
    const ours = commandLine.locked().filter((id) => /^(@excb\/|excb@)/.test(id));
    assert.deepEqual(ours, names.map((name) => `${name}@${next}`).sort());
    return `${ours.length} packages of ours at ${next}, ${commandLine.locked().length} in all`;
  });
}

function expectTwoPackages(project: UserProject, version: string): string {
  const installed = project.installed();
  assert.deepEqual(installed, [`@excb/balancer@${version}`, `@excb/tensor@${version}`]);
  assert.deepEqual(readdirSync(join(project.folder, 'node_modules/@excb')).sort(), ['balancer', 'tensor']);
  return installed.join(', ');
}

async function expectLatest(registry: LocalRegistry, latest: string, versions: string[]): Promise<void> {
  for (const name of names) {
    const document = await packument(registry, name);
    assert.deepEqual(document['dist-tags'], { latest }, `dist-tags of ${name}`);
    assert.deepEqual(Object.keys(document.versions), versions, `versions of ${name}`);
  }
}

async function distTags(registry: LocalRegistry, name: string): Promise<Record<string, string>> {
  return (await packument(registry, name))['dist-tags'];
}

interface Packument {
  'dist-tags': Record<string, string>;
  versions: Record<string, unknown>;
}

async function packument({ url }: LocalRegistry, name: string): Promise<Packument> {
  const answer = await fetch(new URL(name.replace('/', '%2f'), url));
  assert.equal(answer.status, 200, `the registry does not know ${name}`);
  return (await answer.json()) as Packument;
}

/** The error of a command that must not succeed. */
async function failure(command: Promise<string>): Promise<CommandError> {
  const output = await command.then(
    (text) => assert.fail(`it went through: ${text.trim()}`),
    (error: CommandError) => error,
  );
  return output;
}
