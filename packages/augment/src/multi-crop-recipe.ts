import { closest } from 'fastest-levenshtein';
import { checkInteger, checkKeys, checkNumber, reject } from './check-options.ts';
import { type PerView, perView, type RoleProbabilities, type ViewRole } from './per-view.ts';
import { checkViewRecipe, type ViewRecipe } from './view-recipe.ts';

/** All views of a sample: the globals share one size, the locals another. Plain JSON. */
export interface MultiCropRecipe {
  globals: ViewRecipe[];
  locals: ViewRecipe[];
}

/**
 * `paper`: blur probabilities as documented. `released`: as the authors' program applied them, one minus
 * those; the published numbers were most likely trained with these.
 */
export type MultiCropPreset = 'paper' | 'released';

/** What `multiCropRecipe` takes; everything left out comes from the preset. */
export interface MultiCropOptions {
  /** Default `released`. */
  preset?: MultiCropPreset;
  /** Default 2. Views 0, 2, 4, … take the first's settings, views 1, 3, 5, … the second's. */
  globalCrops?: number;
  /** Default 6; 0 for none. */
  localCrops?: number;
  /** Side in pixels, default 224. */
  globalSize?: number;
  /** Side in pixels, default 96. */
  localSize?: number;
  /** Smallest global and largest local area, default 0.26; see `cropMinScale` for its schedule. */
  minScale?: number;
  /** Largest global area, default 1. */
  globalMaxScale?: number;
  /** Smallest local area, default 0.05. */
  localMinScale?: number;
  /** Width / height of crops, default [3/4, 4/3]. */
  aspect?: readonly [min: number, max: number];
  /** Probability, default 0.5. */
  flip?: PerView;
  /** Default probability 0.8; brightness, contrast, saturation 0.4; hue 0.1. */
  jitter?: {
    probability?: PerView;
    brightness?: number;
    contrast?: number;
    saturation?: number;
    hue?: number;
  };
  /** Probability, default 0.2. */
  grey?: PerView;
  /** Default sigma [0.1, 2], kernel 9; probability by preset. */
  blur?: { probability?: PerView; sigma?: readonly [min: number, max: number]; kernel?: number };
  /** Default probability 0 / 0.2 / 0 (first / second / locals), threshold 128. */
  solarise?: { probability?: PerView; threshold?: number };
}

const OPTIONS = [
  'preset',
  'globalCrops',
  'localCrops',
  'globalSize',
  'localSize',
  'minScale',
  'globalMaxScale',
  'localMinScale',
  'aspect',
  'flip',
  'jitter',
  'grey',
  'blur',
  'solarise',
] as const satisfies readonly (keyof MultiCropOptions)[];

const JITTER = { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 };
const BLUR = { sigma: [0.1, 2] as const, kernel: 9 };
const SOLARISE = { threshold: 128 };

const BLUR_PROBABILITY: Record<MultiCropPreset, RoleProbabilities> = {
  paper: { first: 1, second: 0.1, locals: 1 },
  released: { first: 0, second: 0.9, locals: 0 },
};

/** The same probability in every role. */
function everywhere(probability: number): RoleProbabilities {
  return { first: probability, second: probability, locals: probability };
}

/** `value` without the keys that are set to `undefined`, so that they do not hide a default. */
function given<T extends object>(value: T | undefined): Partial<T> {
  return Object.fromEntries(
    Object.entries(value ?? {}).filter(([, entry]) => entry !== undefined),
  ) as Partial<T>;
}

/**
 * The multi-crop recipe of a preset, with any part replaced.
 *
 * @throws UnknownOptionError on a key that does not exist, OptionError on a value out of range
 */
export function multiCropRecipe(options: MultiCropOptions = {}): MultiCropRecipe {
  const owner = 'multiCropRecipe';
  checkKeys(owner, '', options, OPTIONS);
  for (const key of ['jitter', 'blur', 'solarise'] as const) {
    const defaults = { jitter: JITTER, blur: BLUR, solarise: SOLARISE }[key];
    if (options[key] !== undefined) {
      checkKeys(owner, key, options[key], ['probability', ...Object.keys(defaults)]);
    }
  }
  const {
    preset = 'released',
    globalCrops = 2,
    localCrops = 6,
    globalSize = 224,
    localSize = 96,
    minScale = 0.26,
    globalMaxScale = 1,
    localMinScale = 0.05,
    aspect = [3 / 4, 4 / 3],
  } = options;
  if (!Object.hasOwn(BLUR_PROBABILITY, preset)) {
    const nearest = closest(String(preset), Object.keys(BLUR_PROBABILITY));
    reject('preset', preset, `'paper' or 'released' (nearest: '${nearest}')`);
  }
  checkInteger('globalCrops', globalCrops, 1);
  checkInteger('localCrops', localCrops, 0);
  checkInteger('globalSize', globalSize, 1);
  checkInteger('localSize', localSize, 1);
  checkNumber('globalMaxScale', globalMaxScale, Number.MIN_VALUE, 1);
  checkNumber('minScale', minScale, Number.MIN_VALUE, globalMaxScale);
  checkNumber('localMinScale', localMinScale, Number.MIN_VALUE, localCrops === 0 ? 1 : minScale);

  const probability = {
    flip: perView(owner, 'flip', options.flip, everywhere(0.5)),
    jitter: perView(owner, 'jitter.probability', options.jitter?.probability, everywhere(0.8)),
    grey: perView(owner, 'grey', options.grey, everywhere(0.2)),
    blur: perView(owner, 'blur.probability', options.blur?.probability, BLUR_PROBABILITY[preset]),
    solarise: perView(owner, 'solarise.probability', options.solarise?.probability, {
      first: 0,
      second: 0.2,
      locals: 0,
    }),
  };
  const view = (role: ViewRole): ViewRecipe => {
    const local = role === 'locals';
    const recipe: ViewRecipe = {
      size: local ? localSize : globalSize,
      area: local ? [localMinScale, minScale] : [minScale, globalMaxScale],
      aspect,
      flip: probability.flip[role],
      jitter: { ...JITTER, ...given(options.jitter), probability: probability.jitter[role] },
      grey: probability.grey[role],
      blur: { ...BLUR, ...given(options.blur), probability: probability.blur[role] },
      solarise: { ...SOLARISE, ...given(options.solarise), probability: probability.solarise[role] },
    };
    checkViewRecipe(recipe);
    return recipe;
  };
  return {
    globals: Array.from({ length: globalCrops }, (_, i) => view(i % 2 === 0 ? 'first' : 'second')),
    locals: Array.from({ length: localCrops }, () => view('locals')),
  };
}
