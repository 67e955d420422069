import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { completeLockfile, type Lockfile } from '../scripts/lockfile.ts';
import { root } from './workspace.ts';

it('package-lock.json names the optional packages of every platform (else: npm run lockfile)', () => {
  const lockfile = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lockfile;
  expect(completeLockfile(lockfile)).toEqual([]);
});

it('a missing platform is added beside its siblings, with its system and processor', () => {
  const optionalDependencies = { '@tool/linux-x64': '2.0.0', '@tool/darwin-arm64': '2.0.0' };
  const lockfile: Lockfile = {
    packages: {
      '': {},
      'node_modules/@tool/linux-x64': { version: '1.0.0', optional: true },
      'node_modules/user/node_modules/@tool/linux-x64': { version: '2.0.0', dev: true, optional: true },
      'node_modules/user/node_modules/tool': { version: '2.0.0', dev: true, optionalDependencies },
    },
  };
  expect(completeLockfile(lockfile)).toEqual(['node_modules/user/node_modules/@tool/darwin-arm64']);
  expect(lockfile.packages['node_modules/user/node_modules/@tool/darwin-arm64']).toEqual({
    version: '2.0.0',
    dev: true,
    optional: true,
    os: ['darwin'],
    cpu: ['arm64'],
  });
  expect(completeLockfile(lockfile)).toEqual([]);
});
