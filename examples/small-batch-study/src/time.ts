import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AssignerName } from '@excb/balancer';
import type { ImageSource } from '@excb/data';
import { trainImages } from '@excb/trainer';
import type { StudyOptions } from './options.ts';
import { type Plan, plans } from './plan.ts';

/** How long a step takes: the median, in milliseconds, over the rounds. */
export interface StepTime {
  assigner: AssignerName;
  batch: number;
  milliseconds: number;
}

/** The first steps compile, and fill the queue of Sinkhorn-Knopp. */
const WARM_UP = 10;
const STEPS = 8;

/** Times the steps of every assigner and batch of the study, by turns, in a few rounds: on an idle machine. */
export async function timeSteps(
  options: StudyOptions,
  source: ImageSource,
  rounds: number,
): Promise<StepTime[]> {
  const list = plans({ ...options, seeds: [0] });
  const times = new Map<Plan, number[]>(list.map((plan) => [plan, []]));
  for (let round = 0; round < rounds; round++) {
    for (const plan of list) times.get(plan)!.push(...(await timeSome(plan, source)));
  }
  return list.map((plan) => {
    const { assigner, batch } = plan;
    return { assigner, batch, milliseconds: median(times.get(plan)!) };
  });
}

async function timeSome(plan: Plan, source: ImageSource): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'excb-study-'));
  const end = new AbortController();
  const moments: number[] = [];
  try {
    const { run } = await trainImages({
      source,
      config: { ...plan.config, epochs: 1000, centroidStart: null },
      out: join(folder, 'run'),
      signal: end.signal,
      onStep() {
        moments.push(performance.now());
        if (moments.length === WARM_UP + STEPS) end.abort();
      },
    });
    run.dispose();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const late = moments.slice(WARM_UP - 1);
  return late.slice(1).map((moment, i) => moment - late[i]);
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
