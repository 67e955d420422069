import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ContenderOptions, startContender } from './contenders.ts';
import { withoutDropPath } from './works.ts';

/** Losses of the first steps from the same weights on the same views. */
export interface CheckReport {
  work: string;
  losses: Record<string, number[]>;
  /** Largest relative distance from the first contender's. */
  difference: number;
  same: boolean;
}

/** Single precision through two or three steps. */
const TOLERANCE = 1e-3;

/**
 * Shows that all do the same work: the first engine hands its first weights and views to PyTorch, the other
 * engines make them from the same seed, and the losses of the first steps are compared. Drop path is off.
 *
 * @throws Error where a contender fails
 */
export async function checkSameWork(
  work: string,
  names: string[],
  steps: number,
  options: ContenderOptions,
): Promise<CheckReport> {
  const folder = await mkdtemp(join(tmpdir(), 'train-step-'));
  const start = { file: join(folder, 'start.safetensors'), writer: names[0] };
  const losses: Record<string, number[]> = {};
  try {
    for (const name of names) {
      const config = withoutDropPath(options.config);
      const process = await startContender(name, { ...options, config, start });
      losses[name] = (await process.run(steps)).losses;
      process.stop();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  const reference = losses[names[0]];
  const distances = Object.values(losses).flatMap((own) =>
    own.map((loss, step) => Math.abs(loss / reference[step] - 1)),
  );
  const difference = Math.max(...distances);
  return { work, losses, difference, same: difference <= TOLERANCE };
}

export function formatCheck({ work, losses, difference, same }: CheckReport): string {
  const lines = Object.entries(losses).map(
    ([name, own]) => `${name.padEnd(14)}${own.map((loss) => loss.toFixed(6)).join('  ')}`,
  );
  const verdict = same ? 'the same work' : 'NOT the same work';
  return [
    `${work}: losses of the first steps`,
    ...lines,
    `largest difference ${difference.toExponential(1)}: ${verdict}`,
  ].join('\n');
}
