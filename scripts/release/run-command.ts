import { execFile } from 'node:child_process';

/** A command of a release that did not end well. `output` is all that it printed. */
export class CommandError extends Error {
  constructor(
    command: string,
    readonly output: string,
  ) {
    super(`${command} failed:\n${output.trim().split('\n').slice(-30).join('\n')}`);
    this.name = 'CommandError';
  }
}

/** Runs a command without a shell and returns what it printed to stdout; an exit code other than 0 throws. */
export function runCommand(
  command: string,
  args: string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      { maxBuffer: 64 * 1024 * 1024, ...options },
      (error, stdout, stderr) => {
        process.off('exit', end);
        if (!error) return resolve(stdout);
        const reason = typeof error.code === 'string' ? error.message : '';
        reject(new CommandError([command, ...args].join(' '), [stdout, stderr, reason].join('\n')));
      },
    );
    const end = () => child.kill();
    process.on('exit', end);
    child.stdin?.end();
  });
}
