import {
  checkInteger,
  checkKernel,
  checkKeys,
  checkNumber,
  checkProbability,
  checkRange,
} from './check-options.ts';

/** How one view is made, in the order of the fields. Plain JSON. */
export interface ViewRecipe {
  /** Side of the square view, in pixels. */
  size: number;
  /** Smallest and largest share of the image's area, 0 < … ≤ 1; drawn uniformly. */
  area: readonly [min: number, max: number];
  /** Smallest and largest width / height of the crop; drawn log-uniformly. */
  aspect: readonly [min: number, max: number];
  /** Probability of a mirrored view. */
  flip: number;
  /**
   * With `probability`, all four in random order: brightness, contrast and saturation factors from
   * [max(0, 1 − s), 1 + s], a hue shift from [−hue, hue] turns. A strength of 0 leaves that one out.
   */
  jitter: {
    probability: number;
    brightness: number;
    contrast: number;
    saturation: number;
    /** From 0 to 0.5. */
    hue: number;
  };
  /** Probability of a grey view. */
  grey: number;
  /** Gaussian blur, standard deviation in pixels drawn uniformly from `sigma`; `kernel` is an odd tap count. */
  blur: { probability: number; sigma: readonly [min: number, max: number]; kernel: number };
  /** Inverts the values of at least `threshold`, from 0 to 256. */
  solarise: { probability: number; threshold: number };
}

const KEYS = ['size', 'area', 'aspect', 'flip', 'jitter', 'grey', 'blur', 'solarise'] as const;

/**
 * Checks a view recipe.
 *
 * @throws UnknownOptionError on a key no recipe has, OptionError on a missing or impossible value
 */
export function checkViewRecipe(recipe: ViewRecipe): void {
  checkKeys('view recipe', '', recipe, KEYS);
  checkInteger('size', recipe.size, 1);
  checkRange('area', recipe.area, 1);
  checkRange('aspect', recipe.aspect, Number.MAX_VALUE);
  checkProbability('flip', recipe.flip);
  checkProbability('grey', recipe.grey);
  const { jitter, blur, solarise } = recipe;
  checkKeys('view recipe', 'jitter', jitter, ['probability', 'brightness', 'contrast', 'saturation', 'hue']);
  checkProbability('jitter.probability', jitter.probability);
  checkNumber('jitter.brightness', jitter.brightness, 0, Number.MAX_VALUE);
  checkNumber('jitter.contrast', jitter.contrast, 0, Number.MAX_VALUE);
  checkNumber('jitter.saturation', jitter.saturation, 0, Number.MAX_VALUE);
  checkNumber('jitter.hue', jitter.hue, 0, 0.5);
  checkKeys('view recipe', 'blur', blur, ['probability', 'sigma', 'kernel']);
  checkProbability('blur.probability', blur.probability);
  checkRange('blur.sigma', blur.sigma, Number.MAX_VALUE);
  checkKernel('blur.kernel', blur.kernel);
  checkKeys('view recipe', 'solarise', solarise, ['probability', 'threshold']);
  checkProbability('solarise.probability', solarise.probability);
  checkNumber('solarise.threshold', solarise.threshold, 0, 256);
}
