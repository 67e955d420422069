import { fileURLToPath } from 'node:url';
import type { TrainConfig } from '@excb/trainer';
import type { WorkerOptions } from './protocol.ts';
import { StepProcess } from './step-process.ts';
import { describeWork } from './works.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** PyTorch's name among the contenders; the others are engines. */
export const PYTORCH = 'pytorch';

/**
 * How long a thread of PyTorch spins for its next work, in loops. With what OpenMP takes by itself, milliseconds,
 * any other busy program makes a step up to ten times as slow; on an idle machine both are equally fast.
 */
const SHORT_SPIN = { GOMP_SPINCOUNT: '10000' };

export interface ContenderOptions {
  config: TrainConfig;
  threads: number;
  python: string;
  /** A file that passes the first weights and the views of the engine that writes it on to PyTorch. */
  start?: { file: string; writer: string };
}

/** Starts an engine, or PyTorch, on the work. */
export function startContender(name: string, options: ContenderOptions): Promise<StepProcess> {
  const { config, start } = options;
  if (name === PYTORCH) {
    const own = { work: describeWork(config), threads: options.threads, start: start?.file };
    // -B: no cache of compiled modules beside the sources.
    const args = ['-B', path('../train_step.py'), JSON.stringify(own)];
    return StepProcess.start(options.python, args, { ...SHORT_SPIN, ...process.env });
  }
  const own: WorkerOptions = { engine: name, config, threads: options.threads };
  if (start?.writer === name) own.writeStart = start.file;
  return StepProcess.start(process.execPath, [...process.execArgv, path('worker.ts'), JSON.stringify(own)]);
}
