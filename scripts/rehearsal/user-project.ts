import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readmeExample } from '../../test/code-blocks.ts';
import { asCommonJs, asJavaScript } from '../../test/plain-javascript.ts';
import { runCommand } from '../release/run-command.ts';

/** A project of somebody who installs `@excb/balancer`: empty at first. */
export class UserProject {
  constructor(
    readonly folder: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'empty-project', private: true }));
  }

  npm(...args: string[]): Promise<string> {
    return runCommand('npm', args, { cwd: this.folder, env: this.env });
  }

  /** All that is installed, at any depth, as `name@version`. */
  installed(): string[] {
    return this.packagesOf('node_modules/.package-lock.json');
  }

  /** All that the lockfile names, which need not be installed. */
  locked(): string[] {
    return this.packagesOf('package-lock.json');
  }

  /** Runs the example in the README of the installed package, as an ES module and from CommonJS; returns its last line. */
  async runReadmeExample(): Promise<string> {
    const code = asJavaScript(readmeExample(this.read('README.md')));
    writeFileSync(join(this.folder, 'example.mjs'), code);
    writeFileSync(join(this.folder, 'example.cjs'), asCommonJs(code));
    const outputs: string[] = [];
    for (const file of ['example.mjs', 'example.cjs']) {
      const output = await runCommand(process.execPath, [file], { cwd: this.folder, env: this.env });
      outputs.push(output.trim().split('\n').at(-1) ?? '');
      assert.notEqual(output.trim(), '', `${file} printed nothing`);
    }
    return outputs[0];
  }

  /** A file of the installed `@excb/balancer`. */
  read(path: string): string {
    return readFileSync(join(this.folder, 'node_modules/@excb/balancer', path), 'utf8');
  }

  private packagesOf(lockfile: string): string[] {
    const { packages } = JSON.parse(readFileSync(join(this.folder, lockfile), 'utf8')) as {
      packages: Record<string, { version: string }>;
    };
    return Object.entries(packages)
      .filter(([place]) => place !== '')
      .map(([place, { version }]) => `${place.slice(place.lastIndexOf('node_modules/') + 13)}@${version}`)
      .sort();
  }
}
