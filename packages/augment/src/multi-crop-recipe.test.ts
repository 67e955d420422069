import { describe, expect, it } from 'vitest';
import {
  checkViewRecipe,
  type MultiCropOptions,
  multiCropRecipe,
  OptionError,
  UnknownOptionError,
} from './index.ts';

const bad = (options: unknown) => () => multiCropRecipe(options as MultiCropOptions);

describe('presets', () => {
  const shared = {
    aspect: [3 / 4, 4 / 3],
    flip: 0.5,
    jitter: { probability: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 },
    grey: 0.2,
  };
  const blur = (probability: number) => ({ probability, sigma: [0.1, 2], kernel: 9 });
  const solarise = (probability: number) => ({ probability, threshold: 128 });

  it.each([
    ['paper', 1, 0.1],
    ['released', 0, 0.9],
  ] as const)('%s', (preset, first, second) => {
    const globals = { size: 224, area: [0.26, 1], ...shared };
    const local = { size: 96, area: [0.05, 0.26], ...shared, blur: blur(first), solarise: solarise(0) };
    expect(multiCropRecipe({ preset })).toEqual({
      globals: [
        { ...globals, blur: blur(first), solarise: solarise(0) },
        { ...globals, blur: blur(second), solarise: solarise(0.2) },
      ],
      locals: Array.from({ length: 6 }, () => local),
    });
  });

  it('released is the default, and recipes survive JSON', () => {
    const recipe = multiCropRecipe();
    expect(recipe).toEqual(multiCropRecipe({ preset: 'released' }));
    expect(JSON.parse(JSON.stringify(recipe))).toEqual(recipe);
  });
});

describe('options', () => {
  it('express the emoji recipe', () => {
    const recipe = multiCropRecipe({
      preset: 'released',
      localCrops: 4,
      globalSize: 32,
      localSize: 16,
      minScale: 0.45,
      localMinScale: 0.2,
      flip: 0,
      jitter: { brightness: 0.24, contrast: 0.24, saturation: 0.12, hue: 0.06 },
      blur: { kernel: 5, sigma: [0.1, 0.5] },
    });
    const shared = {
      aspect: [3 / 4, 4 / 3],
      flip: 0,
      jitter: { probability: 0.8, brightness: 0.24, contrast: 0.24, saturation: 0.12, hue: 0.06 },
      grey: 0.2,
    };
    const view = (size: number, area: number[], blur: number, solarise: number) => ({
      size,
      area,
      ...shared,
      blur: { probability: blur, sigma: [0.1, 0.5], kernel: 5 },
      solarise: { probability: solarise, threshold: 128 },
    });
    expect(recipe).toEqual({
      globals: [view(32, [0.45, 1], 0, 0), view(32, [0.45, 1], 0.9, 0.2)],
      locals: Array.from({ length: 4 }, () => view(16, [0.2, 0.45], 0, 0)),
    });
  });

  it('more globals alternate between the settings of the first and the second', () => {
    const { globals, locals } = multiCropRecipe({ globalCrops: 5, localCrops: 0 });
    expect(globals.map((view) => view.blur.probability)).toEqual([0, 0.9, 0, 0.9, 0]);
    expect(globals.map((view) => view.solarise.probability)).toEqual([0, 0.2, 0, 0.2, 0]);
    expect(locals).toEqual([]);
    expect(multiCropRecipe({ globalCrops: 1 }).globals).toHaveLength(1);
  });

  it('set a probability for all views or for some', () => {
    const { globals, locals } = multiCropRecipe({
      flip: 0.1,
      grey: { second: 0.3 },
      jitter: { probability: { first: 0.4, locals: 0.5 } },
      blur: { probability: 0.6 },
      solarise: { probability: { locals: 0.7 }, threshold: 100 },
    });
    const views = [...globals, locals[0]];
    expect(views.map((view) => view.flip)).toEqual([0.1, 0.1, 0.1]);
    expect(views.map((view) => view.grey)).toEqual([0.2, 0.3, 0.2]);
    expect(views.map((view) => view.jitter.probability)).toEqual([0.4, 0.8, 0.5]);
    expect(views.map((view) => view.blur.probability)).toEqual([0.6, 0.6, 0.6]);
    expect(views.map((view) => view.solarise)).toEqual(
      [0, 0.2, 0.7].map((probability) => ({ probability, threshold: 100 })),
    );
  });

  it('that are undefined keep their defaults', () => {
    const recipe = multiCropRecipe({ minScale: undefined, jitter: { hue: undefined }, blur: undefined });
    expect(recipe).toEqual(multiCropRecipe());
  });
});

describe('errors', () => {
  it.each([
    [{ globalCrop: 2 }, 'globalCrop', 'globalCrops'],
    [{ jitter: { brigthness: 0.2 } }, 'jitter.brigthness', 'brightness'],
    [{ blur: { propability: 0.2 } }, 'blur.propability', 'probability'],
    [{ blur: { probability: { frist: 0.2 } } }, 'blur.probability.frist', 'first'],
    [{ solarise: { treshold: 3 } }, 'solarise.treshold', 'threshold'],
    [{ flip: { local: 0 } }, 'flip.local', 'locals'],
    [{ solarize: 0 }, 'solarize', 'solarise'],
  ])('unknown key of %j', (options, option, nearest) => {
    expect(bad(options)).toThrow(UnknownOptionError);
    expect(bad(options)).toThrow(`unknown option "${option}": did you mean "${nearest}"?`);
    try {
      bad(options)();
    } catch (error) {
      expect(error).toMatchObject({ name: 'UnknownOptionError', option, nearest });
    }
  });

  it.each([
    [{ preset: 'papers' }, /preset is "papers", expected 'paper' or 'released' \(nearest: 'paper'\)/],
    [{ globalCrops: 0 }, /globalCrops is 0, expected an integer of at least 1/],
    [{ localCrops: -1 }, /localCrops is -1/],
    [{ globalSize: 22.5 }, /globalSize is 22.5/],
    [{ localSize: '96' }, /localSize is "96"/],
    [{ minScale: 0 }, /minScale is 0/],
    [{ minScale: 0.04 }, /localMinScale is 0.05, expected a number from .* to 0.04/],
    [{ globalMaxScale: 1.1 }, /globalMaxScale is 1.1/],
    [{ minScale: 0.9, globalMaxScale: 0.8 }, /minScale is 0.9, expected a number from .* to 0.8/],
    [{ aspect: [2, 1] }, /aspect is \[2,1\]/],
    [{ flip: 1.5 }, /flip is 1.5, expected a number from 0 to 1/],
    [{ grey: { second: -0.1 } }, /grey.second is -0.1/],
    [{ grey: 'often' }, /grey is "often"/],
    [{ jitter: 0.4 }, /jitter is 0.4, expected an object with the keys probability, brightness/],
    [{ jitter: { hue: 0.6 } }, /jitter.hue is 0.6, expected a number from 0 to 0.5/],
    [{ jitter: { contrast: -1 } }, /jitter.contrast is -1, expected a number of at least 0/],
    [{ blur: { kernel: 4 } }, /blur.kernel is 4, expected an odd number/],
    [{ blur: { sigma: [0, 1] } }, /blur.sigma is \[0,1\]/],
    [{ solarise: { threshold: 257 } }, /solarise.threshold is 257/],
    [null, /multiCropRecipe is null/],
  ])('%j', (options, message) => {
    expect(bad(options)).toThrow(OptionError);
    expect(bad(options)).toThrow(message);
  });

  it('hand-made view recipes are checked too', () => {
    const [view] = multiCropRecipe().globals;
    expect(() => checkViewRecipe(view)).not.toThrow();
    expect(() => checkViewRecipe({ ...view, gray: 0.2 } as never)).toThrow(
      /unknown option "gray": did you mean "grey"/,
    );
    expect(() => checkViewRecipe({ ...view, size: undefined } as never)).toThrow(/size is undefined/);
    expect(() => checkViewRecipe({ ...view, jitter: { ...view.jitter, hue: 'x' } } as never)).toThrow(
      OptionError,
    );
  });
});
