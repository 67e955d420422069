import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Failure, Ready, Turn, TurnReply } from './protocol.ts';

/** A process that makes training steps when told to: an engine's worker or PyTorch's. */
export class StepProcess {
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private failure: Error | undefined;
  private ready: Ready | undefined;

  private constructor(command: string, args: string[], env: NodeJS.ProcessEnv) {
    this.child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.on('error', (error) => {
      this.failure = error;
    });
    // A process that has ended says so by the end of its output.
    this.child.stdin!.on('error', () => {});
    this.lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
  }

  /**
   * Starts a process and waits until it is ready.
   *
   * @throws Error with what the process says where it cannot do the work
   */
  static async start(command: string, args: string[], env = process.env): Promise<StepProcess> {
    const started = new StepProcess(command, args, env);
    started.ready = await started.answer<Ready>();
    return started;
  }

  get parameters(): number {
    return this.ready!.parameters;
  }

  get version(): string | undefined {
    return this.ready!.version;
  }

  /** @throws Error where a step fails or the process ends */
  async run(steps: number): Promise<TurnReply> {
    this.child.stdin!.write(`${JSON.stringify({ steps } satisfies Turn)}\n`);
    return this.answer<TurnReply>();
  }

  stop(): void {
    this.child.stdin!.end();
  }

  private async answer<T>(): Promise<T> {
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) throw await this.ending();
      // Libraries may print lines of their own.
      if (!value.startsWith('{')) continue;
      const message = JSON.parse(value) as T | Failure;
      if (typeof message === 'object' && message && 'error' in message) throw new Error(message.error);
      return message as T;
    }
  }

  private async ending(): Promise<Error> {
    if (this.child.exitCode === null && this.child.signalCode === null && !this.failure) {
      await new Promise((resolve) => this.child.once('close', resolve).once('error', resolve));
    }
    const { exitCode, signalCode } = this.child;
    return this.failure ?? new Error(`the process ended with ${signalCode ?? `exit code ${exitCode}`}`);
  }
}
