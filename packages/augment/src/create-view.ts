import { applyView } from './apply-view.ts';
import { drawView, type ViewKey } from './draw-view.ts';
import type { MultiCropRecipe } from './multi-crop-recipe.ts';
import { checkImage, type RgbImage } from './rgb-image.ts';
import type { ViewRecipe } from './view-recipe.ts';

/**
 * One random view of an image: `drawView`, then `applyView`. The same image, recipe and key give the same
 * pixels, in any thread and any order.
 *
 * @throws ImageError, UnknownOptionError, OptionError
 */
export function createView(image: RgbImage, recipe: ViewRecipe, key: ViewKey): RgbImage {
  checkImage(image);
  return applyView(image, drawView(recipe, image.width, image.height, key));
}

/**
 * All views of an image. Globals have the view numbers 0, 1, …; locals go on from there.
 *
 * @throws ImageError, UnknownOptionError, OptionError
 */
export function createViews(
  image: RgbImage,
  recipe: MultiCropRecipe,
  key: Omit<ViewKey, 'view'>,
): { globals: RgbImage[]; locals: RgbImage[] } {
  const first = recipe.globals.length;
  return {
    globals: recipe.globals.map((part, i) => createView(image, part, { ...key, view: i })),
    locals: recipe.locals.map((part, i) => createView(image, part, { ...key, view: first + i })),
  };
}
