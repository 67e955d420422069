import { type ContenderOptions, startContender } from './contenders.ts';

/** Resident memory of one engine over a longer run. */
export interface SteadyReport {
  work: string;
  engine: string;
  /** 10⁶ bytes after so many steps. */
  residentMegabytes: Record<number, number>;
  /** Largest distance from the memory after the first of these steps, as a share of it. */
  spread: number;
}

const STEPS = 200;
const FIRST = 50;
const EVERY = 10;

/** Resident memory at steps 50 to 200. */
export async function measureSteady(
  work: string,
  engine: string,
  options: ContenderOptions,
): Promise<SteadyReport> {
  const process = await startContender(engine, options);
  const residentMegabytes: Record<number, number> = {};
  for (let step = EVERY; step <= STEPS; step += EVERY) {
    const { resident } = await process.run(EVERY);
    if (step >= FIRST) residentMegabytes[step] = Math.round(resident / 1e6);
  }
  process.stop();
  const start = residentMegabytes[FIRST];
  const spread = Math.max(...Object.values(residentMegabytes).map((value) => Math.abs(value / start - 1)));
  return { work, engine, residentMegabytes, spread: Number(spread.toFixed(4)) };
}

export function formatSteady({ work, engine, residentMegabytes, spread }: SteadyReport): string {
  const lines = Object.entries(residentMegabytes).map(([step, megabytes]) => `step ${step}: ${megabytes} MB`);
  return [`${work} on ${engine}`, ...lines, `within ±${(100 * spread).toFixed(1)}% of step ${FIRST}`].join(
    '\n',
  );
}
