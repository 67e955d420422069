import { type BrokenImagePolicy, BrokenImages } from './broken-images.ts';
import { checkSource } from './check-options.ts';
import { type SkippedImage, TooManyBrokenImagesError } from './errors.ts';
import { decodingWorkers } from './evaluation-batches.ts';
import type { ImageSource } from './image-source.ts';
import { inOrder } from './in-order.ts';
import { workerPool } from './worker-pool.ts';

/** How `imageStatistics` reads a source. */
export interface StatisticsOptions {
  /** Threads; default one less than the machine runs at once, 0 for a source of decoded pixels. */
  workers?: number;
  /** `skip` (default): broken images are left out. `fail`: the first one ends it with a BrokenImageError. */
  onError?: BrokenImagePolicy;
  /** Told of every image that is left out. Without it a process warning names them. */
  onSkip?: (image: SkippedImage) => void;
}

/** Images a job. */
const CHUNK = 64;

/**
 * Mean and standard deviation of every channel over all pixels of all images, in units of 0..1. A larger image
 * counts for more. The sums are of whole numbers, so the result is the same for any number of threads.
 *
 * @throws OptionError, EmptySourceError, BrokenImageError, WorkerError; TooManyBrokenImagesError when not one image
 * can be decoded
 */
export async function imageStatistics(
  source: ImageSource,
  options: StatisticsOptions = {},
): Promise<{ mean: [number, number, number]; std: [number, number, number] }> {
  checkSource(source);
  const broken = new BrokenImages(source, options.onError);
  const workers = decodingWorkers(source, options.workers);
  const pool = workerPool(workers);
  const sum: [number, number, number] = [0, 0, 0];
  const squares: [number, number, number] = [0, 0, 0];
  let pixels = 0;
  try {
    const steps = { to: Math.ceil(source.length / CHUNK), ahead: workers + 1 };
    const results = inOrder(steps, async (step, cancelled) => {
      const first = step * CHUNK;
      const length = Math.min(CHUNK, source.length - first);
      const images = Array.from({ length }, (_, i) => source.reference(first + i));
      return { first, ...(await pool.run('statistics', { images, cancelled })) };
    });
    for await (const result of results) {
      pixels += result.pixels;
      for (const c of [0, 1, 2]) {
        sum[c] += result.sum[c];
        squares[c] += result.squares[c];
      }
      for (const { place, reason } of result.broken) broken.add(result.first + place, reason);
    }
  } finally {
    await pool.close();
  }
  if (pixels === 0) throw new TooManyBrokenImagesError(source.name, broken.list);
  report(broken.list, options.onSkip);
  const mean = sum.map((value) => value / pixels / 255) as typeof sum;
  const std = squares.map((value, c) =>
    Math.sqrt(Math.max(0, value / pixels / 255 ** 2 - mean[c] ** 2)),
  ) as typeof sum;
  return { mean, std };
}

function report(skipped: readonly SkippedImage[], onSkip: StatisticsOptions['onSkip']): void {
  if (onSkip) {
    skipped.forEach(onSkip);
  } else if (skipped.length > 0) {
    const names = skipped.map(({ name, reason }) => `${name} (${reason})`);
    process.emitWarning(
      `imageStatistics left out ${skipped.length} images that cannot be decoded: ${names.join('; ')}`,
    );
  }
}
