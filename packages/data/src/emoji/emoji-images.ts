import { inOrder } from '../in-order.ts';
import { workerPool } from '../worker-pool.ts';
import { DEFINED_SIZE, defineEmoji, type EmojiCandidate } from './emoji-definition.ts';
import type { InstalledEmoji } from './emoji-packages.ts';
import { readIconSet } from './icon-set.ts';

/** One image of the set, without its pixels. */
export type EmojiEntry = Omit<EmojiCandidate, 'svg'>;

/** The whole set, drawn. */
export interface EmojiImages {
  entries: EmojiEntry[];
  /** Icons a set before blank and equal images were dropped. */
  candidates: Record<string, number>;
  /** Candidates that were dropped because there is next to nothing to see. */
  blank: number;
  /** Candidates that were dropped because an earlier one has the same pixels. */
  duplicates: number;
  /** 8-bit RGB, one image after the other, over a SharedArrayBuffer. */
  pixels: Uint8Array;
}

/** Images whose channels all deviate by less than this, of 255, show next to nothing. */
const BLANK = 3;

/** Icons a job. */
const CHUNK = 96;

/** Draws all candidates at 64 × 64, drops blank and equal ones, and averages the rest down to `size`. */
export async function drawEmoji(
  packages: readonly InstalledEmoji[],
  size: number,
  { workers, onProgress }: { workers?: number; onProgress?: (done: number, total: number) => void },
): Promise<EmojiImages> {
  const drawings = defineEmoji(packages.map(readIconSet));
  const candidates = Object.fromEntries(
    packages.map(({ set }) => [set, drawings.filter((drawing) => drawing.set === set).length]),
  );
  const bytes = size * size * 3;
  const entries: EmojiEntry[] = [];
  const kept: Uint8Array[] = [];
  const seen = new Set<string>();
  let blank = 0;
  let duplicates = 0;
  const pool = workerPool(workers);
  try {
    const steps = { to: Math.ceil(drawings.length / CHUNK), ahead: pool.workers + 1 };
    const results = inOrder(steps, (step) => {
      const svgs = drawings.slice(step * CHUNK, (step + 1) * CHUNK).map(({ svg }) => svg);
      return pool.run('icons', { svgs, size: DEFINED_SIZE, target: size });
    });
    let done = 0;
    for await (const { pixels, deviations, digests } of results) {
      deviations.forEach((deviation, i) => {
        const { svg: _, ...entry } = drawings[done + i];
        if (deviation < BLANK) {
          blank++;
        } else if (seen.has(digests[i])) {
          duplicates++;
        } else {
          seen.add(digests[i]);
          entries.push(entry);
          kept.push(pixels.subarray(i * bytes, (i + 1) * bytes));
        }
      });
      done += deviations.length;
      onProgress?.(done, drawings.length);
    }
  } finally {
    await pool.close();
  }
  const pixels = new Uint8Array(new SharedArrayBuffer(entries.length * bytes));
  kept.forEach((image, i) => {
    pixels.set(image, i * bytes);
  });
  return { entries, candidates, blank, duplicates, pixels };
}
