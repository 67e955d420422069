import { randomCropBox } from './crop-box.ts';
import { type RandomStream, randomStream } from './random-stream.ts';
import type { CropBox } from './resized-crop.ts';
import { checkViewRecipe, type ViewRecipe } from './view-recipe.ts';

/** What the randomness of a view depends on, whole numbers. */
export interface ViewKey {
  seed: number;
  epoch: number;
  sample: number;
  view: number;
}

/** One step of the colour jitter: a factor, or for hue a shift in turns. */
export interface ColourStep {
  kind: 'brightness' | 'contrast' | 'saturation' | 'hue';
  amount: number;
}

/** A view with everything decided: what `applyView` does, in the order of the fields. Plain JSON. */
export interface ViewParameters {
  size: number;
  box: CropBox;
  flip: boolean;
  /** In the order of their application; null when the view has no jitter. */
  jitter: ColourStep[] | null;
  grey: boolean;
  blur: { sigma: number; kernel: number } | null;
  solarise: { threshold: number } | null;
}

/** Each decision has a stream of its own: a change in one leaves the others as they were. Never renumber. */
const STREAM = {
  crop: 0,
  flip: 1,
  jitter: 2,
  order: 3,
  brightness: 4,
  contrast: 5,
  saturation: 6,
  hue: 7,
  grey: 8,
  blur: 9,
  solarise: 10,
} as const;

type Streams = (name: keyof typeof STREAM) => RandomStream;

function uniform(random: RandomStream, low: number, high: number): number {
  return low + (high - low) * random.next();
}

function drawJitter(recipe: ViewRecipe['jitter'], streams: Streams): ColourStep[] {
  const steps: ColourStep[] = [];
  for (const kind of ['brightness', 'contrast', 'saturation', 'hue'] as const) {
    const strength = recipe[kind];
    const low = kind === 'hue' ? -strength : Math.max(0, 1 - strength);
    const high = kind === 'hue' ? strength : 1 + strength;
    steps.push({ kind, amount: uniform(streams(kind), low, high) });
  }
  // Fisher–Yates over all four, whether or not each is used, so that a strength does not change the order.
  const order = streams('order');
  for (let i = steps.length - 1; i > 0; i--) {
    const j = Math.floor(order.next() * (i + 1));
    [steps[i], steps[j]] = [steps[j], steps[i]];
  }
  return steps.filter(({ kind }) => recipe[kind] > 0);
}

/**
 * Draws the random decisions of a view of a `width` × `height` image: a function of recipe, size and key alone.
 *
 * @throws UnknownOptionError, OptionError
 */
export function drawView(recipe: ViewRecipe, width: number, height: number, key: ViewKey): ViewParameters {
  checkViewRecipe(recipe);
  const { seed, epoch, sample, view } = key;
  const streams: Streams = (name) => randomStream(seed, epoch, sample, view, STREAM[name]);
  const happens = (random: RandomStream, probability: number) => random.next() < probability;
  const blur = streams('blur');
  return {
    size: recipe.size,
    box: randomCropBox(width, height, recipe.area, recipe.aspect, streams('crop')),
    flip: happens(streams('flip'), recipe.flip),
    jitter: happens(streams('jitter'), recipe.jitter.probability) ? drawJitter(recipe.jitter, streams) : null,
    grey: happens(streams('grey'), recipe.grey),
    blur: happens(blur, recipe.blur.probability)
      ? { sigma: uniform(blur, ...recipe.blur.sigma), kernel: recipe.blur.kernel }
      : null,
    solarise: happens(streams('solarise'), recipe.solarise.probability)
      ? { threshold: recipe.solarise.threshold }
      : null,
  };
}
