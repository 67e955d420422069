import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A program that is asked by lines of JSON on its input and answers by lines of JSON on its output. */
export class LineProcess {
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private failure: Error | undefined;

  constructor(command: string, args: string[], env = process.env) {
    this.child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.on('error', (error) => {
      this.failure = error;
    });
    // A process that has ended says so by the end of its output.
    this.child.stdin!.on('error', () => {});
    this.lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
  }

  send(message: unknown): void {
    this.child.stdin!.write(`${JSON.stringify(message)}\n`);
  }

  /** The next line. @throws Error with what the process says where it fails, or where it ends */
  async answer<T>(): Promise<T> {
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) throw await this.ending();
      // Libraries may print lines of their own.
      if (!value.startsWith('{')) continue;
      const message = JSON.parse(value) as T | { error: string };
      if (typeof message === 'object' && message && 'error' in message) throw new Error(message.error);
      return message as T;
    }
  }

  stop(): void {
    this.child.stdin!.end();
  }

  private async ending(): Promise<Error> {
    if (this.child.exitCode === null && this.child.signalCode === null && !this.failure) {
      await new Promise((resolve) => this.child.once('close', resolve).once('error', resolve));
    }
    const { exitCode, signalCode } = this.child;
    return this.failure ?? new Error(`the process ended with ${signalCode ?? `exit code ${exitCode}`}`);
  }
}
