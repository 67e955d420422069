import { gaussianBlur } from './blur.ts';
import { adjustBrightness } from './brightness.ts';
import { adjustContrast } from './contrast.ts';
import type { ColourStep, ViewParameters } from './draw-view.ts';
import { grey } from './grey.ts';
import { adjustHue } from './hue.ts';
import { resizedCrop } from './resized-crop.ts';
import type { RgbImage } from './rgb-image.ts';
import { adjustSaturation } from './saturation.ts';
import { solarise } from './solarise.ts';

const ADJUST: Record<ColourStep['kind'], (image: RgbImage, amount: number, out: RgbImage) => RgbImage> = {
  brightness: adjustBrightness,
  contrast: adjustContrast,
  saturation: adjustSaturation,
  hue: adjustHue,
};

/**
 * Makes the view that `parameters` describe: bicubic crop, flip, colours, grey, blur, solarise. The image is
 * only read.
 *
 * @returns a new image of `size` × `size` pixels
 * @throws ImageError, CropBoxError, OptionError
 */
export function applyView(image: RgbImage, parameters: ViewParameters): RgbImage {
  const { box, size } = parameters;
  const view = resizedCrop(image, box, size, 'bicubic', { mirror: parameters.flip });
  for (const { kind, amount } of parameters.jitter ?? []) ADJUST[kind](view, amount, view);
  if (parameters.grey) grey(view, view);
  if (parameters.blur) gaussianBlur(view, parameters.blur.sigma, parameters.blur.kernel, view);
  if (parameters.solarise) solarise(view, parameters.solarise.threshold, view);
  return view;
}
