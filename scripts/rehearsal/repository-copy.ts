import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runCommand } from '../release/run-command.ts';

const leftOut = new Set(['.git', 'node_modules', 'dist', '.turbo', '.cache', 'coverage', 'runs', 'api']);

/** A copy of the repository as it lies here, changes that are in no commit included, as one commit on `main`. */
export class RepositoryCopy {
  private constructor(readonly folder: string) {}

  static async make(from: string, folder: string): Promise<RepositoryCopy> {
    cpSync(from, folder, { recursive: true, filter: (path) => !leftOut.has(basename(path)) });
    const copy = new RepositoryCopy(folder);
    await copy.git('init', '--quiet', '--initial-branch', 'main');
    await copy.git('config', 'user.name', 'Release rehearsal');
    await copy.git('config', 'user.email', 'rehearsal@localhost');
    await copy.commit('The repository as it is');
    await runCommand('npm', ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'], {
      cwd: folder,
    });
    return copy;
  }

  git(...args: string[]): Promise<string> {
    return runCommand('git', args, { cwd: this.folder });
  }

  async commit(message: string): Promise<void> {
    await this.git('add', '--all');
    await this.git('commit', '--quiet', '--message', message);
  }

  /** `npm run release` in the copy; returns what it printed. */
  release(env: NodeJS.ProcessEnv, ...args: string[]): Promise<string> {
    return runCommand('npm', ['run', '--silent', 'release', '--', ...args], { cwd: this.folder, env });
  }

  /** Of all packages: they have one. */
  version(): string {
    return JSON.parse(readFileSync(join(this.folder, 'packages/balancer/package.json'), 'utf8')).version;
  }

  /** The texts of the pending changesets. */
  changesets(): string[] {
    return readdirSync(join(this.folder, '.changeset'))
      .filter((name) => name.endsWith('.md') && name !== 'README.md')
      .map((name) => readFileSync(join(this.folder, '.changeset', name), 'utf8'));
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.folder, path), text);
  }
}
