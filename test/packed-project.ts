import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { root } from './workspace.ts';

const run = promisify(execFile);

interface InstalledPackage {
  version: string;
  hasInstallScript?: boolean;
}

/** An empty project into which `@excb/tensor` and `@excb/balancer` are installed as they are packed. */
export class PackedProject {
  private constructor(readonly folder: string) {}

  /** Packs what is in `dist`, which must be built, and installs it without a network. */
  static async make(): Promise<PackedProject> {
    const folder = mkdtempSync(join(tmpdir(), 'excb-pack-'));
    const workspaces = ['-w', '@excb/tensor', '-w', '@excb/balancer'];
    await run('npm', ['pack', ...workspaces, '--pack-destination', folder], { cwd: root });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'empty-project', private: true }));
    const tarballs = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund', ...tarballs], { cwd: folder });
    return new PackedProject(folder);
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }

  /** Runs a program of Node in the project, and returns what it prints. */
  node(...args: string[]): Promise<string> {
    return this.run(process.execPath, ...args);
  }

  /** Runs Deno without a network, its cache in the project, and returns what the program prints. */
  deno(...args: string[]): Promise<string> {
    return this.node(fileURLToPath(import.meta.resolve('deno/bin.cjs')), ...args);
  }

  /** What npm has installed, at any depth, by its folder. */
  installed(): Record<string, InstalledPackage> {
    return JSON.parse(readFileSync(join(this.folder, 'node_modules/.package-lock.json'), 'utf8')).packages;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async run(program: string, ...args: string[]): Promise<string> {
    const env = { ...process.env, DENO_DIR: join(this.folder, '.deno'), DENO_NO_UPDATE_CHECK: '1' };
    const { stdout } = await run(program, args, { cwd: this.folder, env });
    return stdout;
  }
}
