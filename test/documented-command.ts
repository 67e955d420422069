import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readOptions } from '../examples/reference-trainer/src/options.ts';
import { createProgram } from '../packages/excb/src/program.ts';
import type { Lockfile } from '../scripts/lockfile.ts';
import { publishedPackages, root } from './workspace.ts';

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const lockfile = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lockfile;
const ownNames = publishedPackages().map(({ manifest }) => manifest.name);

/** The commands of a shell block, without comments; a line may go on after a backslash, and hold several with `&&`. */
export function shellCommands(block: string): string[] {
  return block
    .replace(/\s*\\\n\s*/g, ' ')
    .split(/\n|&&/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
}

/**
 * Throws if a command names a script, a program, an option, a package or a file that is not there. The command is not
 * run; options are read by the command lines that they are for.
 */
export function checkCommand(command: string): void {
  if (/["'$`|<>]/.test(command)) throw new Error(`${command}: quotes, variables and pipes cannot be checked`);
  const [program, ...args] = command.split(/\s+/).filter((word) => !/^[A-Z_]+=/.test(word));
  if (program === 'npm') checkNpm(args);
  else if (program === 'npx') checkNpx(args);
  else if (program === 'excb') checkExcb(args);
  else if (program === 'bash') expectFile(args[0]);
  else if (program !== 'git') throw new Error(`${program} is no command that can be checked`);
}

function checkNpm([command, ...args]: string[]): void {
  if (command === 'ci' && args.length === 0) return;
  if (command === 'install' || command === 'rebuild') {
    for (const word of args.filter((word) => !word.startsWith('-'))) expectPackage(word);
    return;
  }
  if (command === 'pack' && args.length === 0) return;
  if (command === 'start' && args[0] === '-w') {
    checkExampleStart(args[1], args.slice(2));
    return;
  }
  const [script, ...rest] = command === 'run' ? args : [command, ...args];
  if (!(script in scripts)) throw new Error(`package.json has no script ${script}`);
  if (rest.length === 0) return;
  if (rest[0] !== '--') throw new Error(`npm passes on to ${script} only what follows --`);
  checkOptions(script, rest.slice(1));
}

/** `npm start -w @excb/example-name`, with the options of its main program. */
function checkExampleStart(name: string, rest: string[]): void {
  const folder = `examples/${name.replace('@excb/example-', '')}`;
  expectFile(`${folder}/package.json`);
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
    name: string;
    scripts?: Record<string, string>;
  };
  if (manifest.name !== name) throw new Error(`${folder} is the package ${manifest.name}, not ${name}`);
  if (!manifest.scripts?.start) throw new Error(`${folder} has no script start`);
  if (rest.length === 0) return;
  if (rest[0] !== '--') throw new Error(`npm passes on to ${name} only what follows --`);
  expectOptions(folder, manifest.scripts.start, rest.slice(1));
}

function checkOptions(script: string, options: string[]): void {
  if (script === 'excb') checkExcb(options);
  else if (script === 'example') checkExample(options);
  else if (script.startsWith('study:')) {
    const [name] = /@excb\/example-[a-z-]+/.exec(scripts[script]) ?? [''];
    checkExampleStart(name, options.length === 0 ? [] : ['--', ...options]);
  } else expectOptions('.', scripts[script], options);
}

/** The options of programs whose command line cannot be called must at least occur in their source. */
function expectOptions(folder: string, script: string, options: string[]): void {
  const file = script.split(' ').find((word) => /\.[jt]s$/.test(word));
  if (!file) throw new Error(`the options of ${script} cannot be checked`);
  const main = join(root, folder, file);
  const beside = join(dirname(main), 'options.ts');
  const source = [main, beside]
    .map((path) => (existsSync(path) ? readFileSync(path, 'utf8') : ''))
    .join('\n');
  for (const option of options.filter((word) => word.startsWith('--'))) {
    if (!source.includes(option.slice(2))) throw new Error(`${file} knows no option ${option}`);
  }
}

function checkNpx([program, ...args]: string[]): void {
  if (program === 'excb') checkExcb(args);
  else if (!existsSync(join(root, 'node_modules/.bin', program))) {
    throw new Error(`${program} is no program of a package that is installed here`);
  } else if (program === 'vitest') {
    for (const path of args.filter((word) => word.includes('/'))) expectFile(path);
  }
}

/** By the real command line, whose commands do nothing here. */
function checkExcb(args: string[]): void {
  const program = createProgram();
  const silent = { writeOut: () => {}, writeErr: () => {} };
  for (const command of [program, ...program.commands]) command.configureOutput(silent);
  for (const command of program.commands) command.action(() => {});
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if ((error as { code?: string }).code !== 'commander.helpDisplayed') throw error;
  }
}

/** The example ends the process after its help, with 0, or after a mistake. */
function checkExample(args: string[]): void {
  const { exit } = process;
  const { log, error } = console;
  const said: string[] = [];
  const codes: unknown[] = [];
  console.log = console.error = (line) => said.push(line);
  process.exit = (code) => {
    codes.push(code);
    throw new Error('the example would end here');
  };
  try {
    readOptions(['node', 'example', ...args]);
  } catch {
    if (codes[0] !== 0) throw new Error(said.join('\n'));
  } finally {
    Object.assign(console, { log, error });
    process.exit = exit;
  }
}

function expectPackage(word: string): void {
  const [, name, version] = /^(.+?)(?:@([^@]+))?$/.exec(word)!;
  if (ownNames.includes(name)) return;
  const locked = lockfile.packages[`node_modules/${name}`];
  if (!locked) throw new Error(`${name} is neither a package of this repository nor one that it uses`);
  if (version && version !== locked.version) {
    throw new Error(`${word}: this repository is tested with ${locked.version}`);
  }
}

function expectFile(path: string): void {
  if (!existsSync(join(root, path))) throw new Error(`${path} does not exist`);
}
