import { describe, expect, it } from 'vitest';
import { noiseImage } from '../test/noise-image.ts';
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  applyView,
  createView,
  createViews,
  drawView,
  flip,
  gaussianBlur,
  grey,
  ImageError,
  multiCropRecipe,
  OptionError,
  type RgbImage,
  resizedCrop,
  solarise,
  UnknownOptionError,
  type ViewParameters,
} from './index.ts';

/** The operations one after the other, each into an image of its own. */
function stepByStep(image: RgbImage, drawn: ViewParameters): RgbImage {
  let view = resizedCrop(image, drawn.box, drawn.size, 'bicubic');
  if (drawn.flip) view = flip(view);
  for (const { kind, amount } of drawn.jitter ?? []) {
    if (kind === 'brightness') view = adjustBrightness(view, amount);
    if (kind === 'contrast') view = adjustContrast(view, amount);
    if (kind === 'saturation') view = adjustSaturation(view, amount);
    if (kind === 'hue') view = adjustHue(view, amount);
  }
  if (drawn.grey) view = grey(view);
  if (drawn.blur) view = gaussianBlur(view, drawn.blur.sigma, drawn.blur.kernel);
  if (drawn.solarise) view = solarise(view, drawn.solarise.threshold);
  return view;
}

const recipe = multiCropRecipe({
  globalSize: 24,
  localSize: 11,
  localCrops: 3,
  blur: { probability: 0.5 },
  solarise: { probability: 0.5 },
  grey: 0.5,
});

describe('createView', () => {
  it.each([
    ['one pixel', 1, 1],
    ['one row', 400, 1],
    ['one column', 1, 75],
    ['very wide', 500, 9],
    ['odd', 37, 53],
    ['smaller than the view', 6, 5],
  ])('%s: the drawn operations, one after the other', (_name, width, height) => {
    const image = noiseImage(width, height);
    const before = image.data.slice();
    for (const part of [recipe.globals[1], recipe.locals[0]]) {
      for (let sample = 0; sample < 10; sample++) {
        const key = { seed: 5, epoch: 1, sample, view: 1 };
        const drawn = drawView(part, width, height, key);
        const view = createView(image, part, key);
        expect([view.width, view.height]).toEqual([part.size, part.size]);
        expect(view).toEqual(stepByStep(image, drawn));
        expect(applyView(image, drawn)).toEqual(view);
      }
    }
    expect(image.data).toEqual(before);
  });

  it('rejects malformed images and recipes', () => {
    const image = noiseImage(8, 8);
    const key = { seed: 5, epoch: 1, sample: 0, view: 1 };
    const [view] = recipe.globals;
    const rgba = { width: 8, height: 8, data: new Uint8Array(256) };
    expect(() => createView(rgba, view, key)).toThrow(ImageError);
    expect(() => createView({ width: 0, height: 0, data: new Uint8Array() }, view, key)).toThrow(ImageError);
    expect(() => createView(image, { ...view, flips: 1 } as never, key)).toThrow(UnknownOptionError);
    expect(() => createView(image, { ...view, flip: 2 }, key)).toThrow(OptionError);
  });

  it('rejects parameters drawn for a larger image', () => {
    const drawn = drawView(recipe.globals[0], 100, 100, { seed: 5, epoch: 1, sample: 0, view: 1 });
    expect(() => applyView(noiseImage(5, 5), drawn)).toThrow(/the crop box is/);
  });
});

describe('createViews', () => {
  const image = noiseImage(40, 30);
  const key = { seed: 5, epoch: 1, sample: 9 };

  it('numbers the globals from 0 and the locals after them', () => {
    const { globals, locals } = createViews(image, recipe, key);
    expect(globals).toEqual(recipe.globals.map((part, view) => createView(image, part, { ...key, view })));
    expect(locals).toEqual(recipe.locals.map((part, i) => createView(image, part, { ...key, view: 2 + i })));
    expect(new Set([...globals, ...locals].map(({ data }) => data.join())).size).toBe(5);
  });

  it('repeats itself, and does without locals', () => {
    expect(createViews(image, recipe, key)).toEqual(createViews(image, recipe, { ...key }));
    const none = createViews(image, multiCropRecipe({ globalSize: 8, localCrops: 0 }), key);
    expect(none.globals).toHaveLength(2);
    expect(none.locals).toEqual([]);
  });
});
