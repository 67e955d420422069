import {
  createViews,
  type MultiCropRecipe,
  type Normalisation,
  normalise,
  type RgbImage,
} from '@excb/augment';
import type { CancelFlag } from './cancellation.ts';
import { type BrokenPlace, decodeAll } from './decode-all.ts';
import type { ImageReference } from './image-source.ts';

/** One training batch to make. */
export interface ViewJob {
  images: ImageReference[];
  /** The sample number that the random draws of each image are keyed by. */
  samples: number[];
  recipe: MultiCropRecipe;
  normalisation: Normalisation;
  seed: number;
  epoch: number;
  cancelled: CancelFlag;
}

/** Views, view-major: row = view · images + place. Complete only when nothing is broken. */
export interface ViewResult {
  globals: Float32Array;
  locals: Float32Array;
  broken: BrokenPlace[];
}

/** Decodes, augments and normalises the images of one batch. */
export async function makeViews(job: ViewJob): Promise<ViewResult> {
  const { images, samples, recipe, normalisation, seed, epoch } = job;
  const rows = images.length;
  const valuesOf = (views: { size: number }[]) => (views.length === 0 ? 0 : 3 * views[0].size ** 2);
  const globalValues = valuesOf(recipe.globals);
  const localValues = valuesOf(recipe.locals);
  const globals = new Float32Array(recipe.globals.length * rows * globalValues);
  const locals = new Float32Array(recipe.locals.length * rows * localValues);
  const place = (views: RgbImage[], out: Float32Array, values: number, row: number) => {
    views.forEach((view, v) => {
      normalise(view, normalisation, out, (v * rows + row) * values);
    });
  };
  const broken = await decodeAll(images, job.cancelled, (image, row) => {
    const views = createViews(image, recipe, { seed, epoch, sample: samples[row] });
    place(views.globals, globals, globalValues, row);
    place(views.locals, locals, localValues, row);
  });
  return { globals, locals, broken };
}
