import { setTimeout as pause } from 'node:timers/promises';
import { type ContenderOptions, startContender } from './contenders.ts';
import type { StepProcess } from './step-process.ts';

/** What was measured of one contender. */
export interface Measurement {
  parameters: number;
  version?: string;
  /** Of the first step: tracing and compiling, where an engine does that. */
  firstStepSeconds: number;
  /** Mean seconds of a step in each round. */
  rounds: number[];
  /** The fastest step. */
  minimumSeconds: number;
  peakBytes: number;
}

/** A measurement, or why there is none. */
export type Outcome = Measurement | { error: string };

export interface MeasureOptions extends ContenderOptions {
  /** Steps a turn. */
  steps: number;
  /** Turns of every contender. */
  rounds: number;
}

/** Threads of the one before may still spin for work when the next one starts. */
const PAUSE_MS = 200;

/**
 * Measures contenders by turns, so that what else the machine does falls on all of them. One that fails is out
 * and says why; the others go on.
 */
export async function measure(names: string[], options: MeasureOptions): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const running = new Map<string, StepProcess>();

  async function attempt(name: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      outcomes.set(name, { error: (error as Error).message });
      running.get(name)?.stop();
      running.delete(name);
    }
  }

  for (const name of names) {
    await attempt(name, async () => {
      const process = await startContender(name, options);
      running.set(name, process);
      const { seconds } = await process.run(1);
      // The second step may compile once more: it counts for nothing.
      const { peak } = await process.run(1);
      outcomes.set(name, {
        parameters: process.parameters,
        ...(process.version ? { version: process.version } : {}),
        firstStepSeconds: seconds[0],
        rounds: [],
        minimumSeconds: Number.POSITIVE_INFINITY,
        peakBytes: peak,
      });
    });
  }
  for (let round = 0; round < options.rounds; round++) {
    for (const [name, process] of [...running]) {
      await attempt(name, async () => {
        await pause(PAUSE_MS);
        const { seconds, peak } = await process.run(options.steps);
        const own = outcomes.get(name) as Measurement;
        own.rounds.push(seconds.reduce((sum, value) => sum + value, 0) / seconds.length);
        own.minimumSeconds = Math.min(own.minimumSeconds, ...seconds);
        own.peakBytes = peak;
      });
    }
  }
  for (const process of running.values()) process.stop();
  return outcomes;
}
