import { checkViewRecipe, type MultiCropRecipe, type Normalisation, OptionError } from '@excb/augment';
import { type BrokenImagePolicy, BrokenImages } from './broken-images.ts';
import { type CancelFlag, cancel, cancelFlag, isCancelled } from './cancellation.ts';
import { checkNormalisation, checkSource, checkWhole } from './check-options.ts';
import { epochOrder, replacements } from './epoch-order.ts';
import { LoaderClosedError, TooManyBrokenImagesError } from './errors.ts';
import type { ImageSource } from './image-source.ts';
import { inOrder } from './in-order.ts';
import type { ViewBatch, ViewBatches, ViewTensor } from './view-batches.ts';
import { workerPool } from './worker-pool.ts';

/** How `createLoader` makes batches. */
export interface LoaderOptions {
  /** Images a batch. */
  batch: number;
  /** Whole number from 0 on: order, views and replacements are functions of it. */
  seed: number;
  /** The views of an epoch, counted from 0. */
  recipe: (epoch: number) => MultiCropRecipe;
  normalisation: Normalisation;
  /** Threads; default one less than the machine runs at once. 0 makes batches in the calling thread, on demand. */
  workers?: number;
  /** Batches that are prepared while one is in use; default `workers + 1`. Memory grows with it. */
  prefetch?: number;
  /** Leave out the last batch of an epoch where it is short. Default true. */
  dropLast?: boolean;
  /**
   * `skip` (default): an image that cannot be decoded is named in `skipped`, and another image takes its place,
   * chosen from (seed, epoch, index), so that batches keep their size. `fail`: the loop ends with a BrokenImageError.
   */
  onError?: BrokenImagePolicy;
}

/** Images that are tried in the place of a broken one. With half of all images broken, 32 misses in a row do not happen. */
const TRIES = 32;

/**
 * A loader of multi-crop training batches. Batches are the same for any number of threads and any prefetch, and an
 * epoch that is taken up at a later step goes on as if it had not been stopped. Call `close()` at the end.
 *
 * @throws OptionError, EmptySourceError; while batches are made also BrokenImageError (`onError: 'fail'`),
 * TooManyBrokenImagesError and WorkerError
 */
export function createLoader(source: ImageSource, options: LoaderOptions): ViewBatches {
  const { batch, seed, normalisation, dropLast = true } = options;
  checkSource(source);
  checkWhole('batch', batch, 1);
  checkWhole('seed', seed, 0);
  checkNormalisation(normalisation);
  const { length } = source;
  const stepsPerEpoch = dropLast ? Math.floor(length / batch) : Math.ceil(length / batch);
  if (stepsPerEpoch === 0) {
    throw new OptionError(
      'batch',
      `batch is ${batch}, but '${source.name}' has ${length} images, expected at least one whole batch: ` +
        `pass a batch of at most ${length}, or dropLast: false`,
    );
  }
  const broken = new BrokenImages(source, options.onError);
  const pool = workerPool(options.workers);
  const ahead = options.prefetch ?? (pool.workers === 0 ? 0 : pool.workers + 1);
  checkWhole('prefetch', ahead, 0);
  const running = new Set<CancelFlag>();
  let closed = false;

  /** `index`, or the first image in its place that is not known to be broken. */
  function usable(index: number, epoch: number): number {
    if (!broken.has(index)) return index;
    const others = replacements(length, seed, epoch, index);
    for (let tries = 0; tries < TRIES; tries++) {
      const other = others.next().value as number;
      if (!broken.has(other)) return other;
    }
    throw new TooManyBrokenImagesError(source.name, broken.list);
  }

  async function makeBatch(
    { epoch, step }: { epoch: number; step: number },
    order: Uint32Array,
    recipe: MultiCropRecipe,
    cancelled: CancelFlag,
  ): Promise<ViewBatch> {
    const samples = Array.from(order.subarray(step * batch, (step + 1) * batch));
    for (;;) {
      const indices = Int32Array.from(samples, (index) => usable(index, epoch));
      const images = Array.from(indices, (index) => source.reference(index));
      const job = { images, samples, recipe, normalisation, seed, epoch, cancelled };
      const result = await pool.run('views', job);
      if (isCancelled(cancelled)) throw new LoaderClosedError();
      if (result.broken.length === 0) {
        const globals = tensor(result.globals, recipe.globals, samples.length);
        const locals = recipe.locals.length
          ? tensor(result.locals, recipe.locals, samples.length)
          : undefined;
        return { globals, locals, indices, epoch, step };
      }
      // Once more with other images in the broken ones' places: every round finds at least one more of them.
      for (const { place, reason } of result.broken) broken.add(indices[place], reason);
    }
  }

  async function* run(epoch: number, from: number, recipe: MultiCropRecipe): AsyncGenerator<ViewBatch> {
    if (closed) throw new LoaderClosedError();
    const order = epochOrder(length, seed, epoch);
    const flag = cancelFlag();
    running.add(flag);
    try {
      const batches = inOrder(
        { from, to: stepsPerEpoch, ahead },
        (step, cancelled) => makeBatch({ epoch, step }, order, recipe, cancelled),
        flag,
      );
      for await (const made of batches) {
        yield made;
        // The next batches may be made already; going on would start others.
        if (closed && made.step + 1 < stepsPerEpoch) throw new LoaderClosedError();
      }
    } catch (error) {
      throw closed ? new LoaderClosedError() : error;
    } finally {
      running.delete(flag);
    }
  }

  return {
    stepsPerEpoch,
    batchSize: batch,
    get skipped() {
      return broken.list;
    },
    batches(epoch, { from = 0 } = {}) {
      if (closed) throw new LoaderClosedError();
      checkWhole('epoch', epoch, 0);
      checkWhole('from', from, 0);
      if (from > stepsPerEpoch) {
        throw new OptionError(
          'from',
          `from is ${from}, expected at most ${stepsPerEpoch}, the steps of an epoch`,
        );
      }
      const recipe = options.recipe(epoch);
      checkRecipe(recipe);
      return run(epoch, from, recipe);
    },
    async close() {
      closed = true;
      for (const flag of running) cancel(flag);
      await pool.close();
    },
  };
}

function tensor(data: Float32Array, views: { size: number }[], samples: number): ViewTensor {
  const { size } = views[0];
  return { data, shape: [views.length * samples, size, size, 3] };
}

function checkRecipe(recipe: MultiCropRecipe): void {
  for (const kind of ['globals', 'locals'] as const) {
    const views = recipe[kind];
    for (const view of views) checkViewRecipe(view);
    const sizes = [...new Set(views.map(({ size }) => size))];
    if (sizes.length > 1) {
      throw new OptionError(
        kind,
        `the recipe's ${kind} have sizes ${sizes.join(' and ')}, expected one size for all`,
      );
    }
  }
  if (recipe.globals.length === 0) {
    throw new OptionError(
      'globals',
      'the recipe has no global views, expected at least one: pass globalCrops: 2',
    );
  }
}
