import { type Normalisation, OptionError } from '@excb/augment';
import { type BrokenImagePolicy, BrokenImages } from './broken-images.ts';
import { isCancelled } from './cancellation.ts';
import { checkNormalisation, checkSource, checkWhole } from './check-options.ts';
import { ImageSizeError, type SkippedImage, TooManyBrokenImagesError } from './errors.ts';
import type { Framing, ImageResult } from './image-job.ts';
import type { ImageSource } from './image-source.ts';
import { inOrder } from './in-order.ts';
import type { ViewTensor } from './view-batches.ts';
import { defaultWorkers, workerPool } from './worker-pool.ts';

/** How `evaluationBatches` makes batches. */
export interface EvaluationOptions extends Framing {
  /** Images a batch. */
  batch: number;
  normalisation: Normalisation;
  /** Threads; default one less than the machine runs at once, 0 for a source of decoded pixels. */
  workers?: number;
  /** `skip` (default): broken images are left out and named. `fail`: the loop ends with a BrokenImageError. */
  onError?: BrokenImagePolicy;
}

/** Whole images of a source. */
export interface ImageBatch {
  images: ViewTensor;
  /** [rows] index in the source. */
  indices: Int32Array;
  /** [rows], where all images of the batch are labelled. */
  labels?: Int32Array;
}

/** One pass over a source in its order; every loop over it is a new pass. */
export interface EvaluationBatches extends AsyncIterable<ImageBatch> {
  /** Images found broken so far, each once, by index. */
  readonly skipped: readonly SkippedImage[];
}

/** Threads for work that is mostly decoding. */
export function decodingWorkers(source: ImageSource, workers: number | undefined): number {
  return workers ?? (source.reference(0).kind === 'pixels' ? 0 : defaultWorkers());
}

/**
 * All images of a source once, in order, without augmentation: resized (shorter side), cropped in the middle,
 * normalised. Without `resize` and `crop` the whole image as it is; then all must have one size. A batch is short
 * by its broken images, and the last one by what is left.
 *
 * @throws OptionError, EmptySourceError; in the loop ImageSizeError, BrokenImageError, WorkerError, and
 * TooManyBrokenImagesError when not one image can be decoded
 */
export function evaluationBatches(source: ImageSource, options: EvaluationOptions): EvaluationBatches {
  const { batch, normalisation, resize, crop } = options;
  checkSource(source);
  checkWhole('batch', batch, 1);
  checkNormalisation(normalisation);
  if (resize !== undefined) checkWhole('resize', resize, 1);
  if (crop !== undefined) checkWhole('crop', crop, 1);
  if (resize !== undefined && crop !== undefined && crop > resize) {
    throw new OptionError('crop', `crop is ${crop}, expected at most resize, ${resize}: the crop must fit`);
  }
  const broken = new BrokenImages(source, options.onError);
  const workers = decodingWorkers(source, options.workers);

  async function* pass(): AsyncGenerator<ImageBatch, void, undefined> {
    const pool = workerPool(workers);
    const size = { width: 0, height: 0 };
    const steps = { to: Math.ceil(source.length / batch), ahead: workers === 0 ? 0 : workers + 1 };
    try {
      const results = inOrder(steps, async (step, cancelled) => {
        const indices = indicesOf(step);
        const images = indices.map((index) => source.reference(index));
        const result = await pool.run('images', {
          images,
          framing: { resize, crop },
          normalisation,
          cancelled,
        });
        return { indices, result, complete: !isCancelled(cancelled) };
      });
      for await (const { indices, result, complete } of results) {
        if (!complete) return;
        for (const { place, reason } of result.broken) broken.add(indices[place], reason);
        const without = new Set(result.broken.map(({ place }) => place));
        const rows = indices.filter((_, place) => !without.has(place));
        if (rows.length === 0) continue;
        checkSize(indices, result, size);
        yield toBatch(rows, result);
      }
      if (size.width === 0) throw new TooManyBrokenImagesError(source.name, broken.list);
    } finally {
      await pool.close();
    }
  }

  function indicesOf(step: number): number[] {
    return Array.from({ length: Math.min(batch, source.length - step * batch) }, (_, i) => step * batch + i);
  }

  function checkSize(indices: number[], result: ImageResult, size: { width: number; height: number }): void {
    const fail = (index: number, { width, height }: { width: number; height: number }, expected: string) => {
      const { name } = source.describe(index);
      throw new ImageSizeError(
        `image ${index}, ${name}, is ${width} × ${height}, expected ${expected}: pass resize and crop`,
      );
    };
    if (result.small) fail(indices[result.small.place], result.small, `at least the crop, ${crop} × ${crop}`);
    if (size.width === 0) Object.assign(size, { width: result.width, height: result.height });
    const expected = `${size.width} × ${size.height} like the images before it`;
    if (result.odd) fail(indices[result.odd.place], result.odd, expected);
    if (result.width !== size.width || result.height !== size.height) fail(indices[0], result, expected);
  }

  function toBatch(rows: number[], { data, width, height }: ImageResult): ImageBatch {
    const labels = rows.map((index) => source.describe(index).label);
    return {
      images: { data, shape: [rows.length, height, width, 3] },
      indices: Int32Array.from(rows),
      ...(labels.every((label) => label !== undefined) && { labels: Int32Array.from(labels as number[]) }),
    };
  }

  return {
    [Symbol.asyncIterator]: pass,
    get skipped() {
      return broken.list;
    },
  };
}
