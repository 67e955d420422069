import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LineProcess } from '../line-process.ts';
import type { Reply, Turn, Work } from './protocol.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** What was measured of one contender, or why there is nothing. */
export type Outcome = { rounds: number[]; extraBytes?: number; formulation?: string } | { error: string };

export interface MeasureOptions {
  rows: number;
  clusters: number;
  /** In the order of their turns. */
  names: string[];
  /** Turns of every contender. */
  turns: number;
  python: string;
}

/** Seconds that a turn takes at least, where a step takes less. */
const TURN = 0.4;
const MOST_STEPS = 200;
/** Threads of the one before may still spin for work when the next one starts. */
const PAUSE_MS = 100;
/** PyTorch's threads give up spinning early: else another busy program makes a step many times as slow. */
const SHORT_SPIN = { GOMP_SPINCOUNT: '10000' };

type Family = 'ours' | 'tfjs' | 'pytorch';

/** PyTorch and tfjs, whose heap has a limit, have processes of their own. */
function familyOf(name: string): Family {
  if (name.startsWith('pytorch')) return 'pytorch';
  return name.startsWith('tfjs') ? 'tfjs' : 'ours';
}

function start(family: Family, work: Work, python: string): LineProcess {
  const json = JSON.stringify(work);
  if (family === 'pytorch') {
    return new LineProcess(python, ['-B', path('../balancing.py'), json], { ...SHORT_SPIN, ...process.env });
  }
  return new LineProcess(process.execPath, [...process.execArgv, '--expose-gc', path('worker.ts'), json]);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}

/** Measures contenders by turns. One that fails is out and says why; the others go on. */
export async function measure(options: MeasureOptions): Promise<Map<string, Outcome>> {
  const { rows, clusters, names, turns, python } = options;
  const outcomes = new Map<string, Outcome>();
  const processes = new Map<Family, LineProcess>();
  const steps = new Map<string, number>();

  async function ask(turn: Turn): Promise<Reply | undefined> {
    const family = familyOf(turn.name);
    try {
      let process = processes.get(family);
      if (!process) {
        process = start(family, { rows, clusters, names }, python);
        processes.set(family, process);
        await process.answer();
      }
      process.send(turn);
      return await process.answer<Reply>();
    } catch (error) {
      outcomes.set(turn.name, { error: (error as Error).message });
      return undefined;
    }
  }

  for (const name of names) {
    const reply = await ask({ name, steps: 1 });
    if (!reply) continue;
    const { seconds, extraBytes, formulation } = reply;
    steps.set(name, Math.min(MOST_STEPS, Math.max(1, Math.ceil(TURN / seconds[0]))));
    outcomes.set(name, { rounds: [], extraBytes, formulation });
  }
  for (let turn = 0; turn < turns; turn++) {
    for (const name of names) {
      const own = outcomes.get(name);
      if (!own || 'error' in own) continue;
      await pause(PAUSE_MS);
      const reply = await ask({ name, steps: steps.get(name)! });
      if (reply) own.rounds.push(median(reply.seconds));
    }
  }
  for (const process of processes.values()) process.stop();
  return outcomes;
}

export { median };
