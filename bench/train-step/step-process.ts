import { LineProcess } from '../line-process.ts';
import type { Ready, Turn, TurnReply } from './protocol.ts';

/** A process that makes training steps when told to: an engine's worker or PyTorch's. */
export class StepProcess {
  private constructor(
    private readonly process: LineProcess,
    private readonly ready: Ready,
  ) {}

  /**
   * Starts a process and waits until it is ready.
   *
   * @throws Error with what the process says where it cannot do the work
   */
  static async start(command: string, args: string[], env = process.env): Promise<StepProcess> {
    const started = new LineProcess(command, args, env);
    return new StepProcess(started, await started.answer<Ready>());
  }

  get parameters(): number {
    return this.ready.parameters;
  }

  get version(): string | undefined {
    return this.ready.version;
  }

  /** @throws Error where a step fails or the process ends */
  async run(steps: number): Promise<TurnReply> {
    this.process.send({ steps } satisfies Turn);
    return this.process.answer<TurnReply>();
  }

  stop(): void {
    this.process.stop();
  }
}
