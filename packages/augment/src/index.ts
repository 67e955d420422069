export { applyView } from './apply-view.ts';
export { gaussianBlur } from './blur.ts';
export { adjustBrightness } from './brightness.ts';
export { adjustContrast } from './contrast.ts';
export { createView, createViews } from './create-view.ts';
export { randomCropBox } from './crop-box.ts';
export { cropMinScale } from './crop-schedule.ts';
export { type ColourStep, drawView, type ViewKey, type ViewParameters } from './draw-view.ts';
export { CropBoxError, ImageError, OptionError, UnknownOptionError } from './errors.ts';
export { flip } from './flip.ts';
export { grey } from './grey.ts';
export { adjustHue } from './hue.ts';
export {
  type MultiCropOptions,
  type MultiCropPreset,
  type MultiCropRecipe,
  multiCropRecipe,
} from './multi-crop-recipe.ts';
export { imagenetNormalisation, type Normalisation, normalise } from './normalise.ts';
export type { PerView } from './per-view.ts';
export { type RandomStream, randomStream } from './random-stream.ts';
export type { Interpolation } from './resample.ts';
export { type CropBox, centreCrop, resize, resizedCrop, type Size } from './resized-crop.ts';
export type { RgbImage } from './rgb-image.ts';
export { adjustSaturation } from './saturation.ts';
export { solarise } from './solarise.ts';
export { checkViewRecipe, type ViewRecipe } from './view-recipe.ts';
