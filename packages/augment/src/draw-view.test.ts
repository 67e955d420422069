import { describe, expect, it } from 'vitest';
import { drawView, multiCropRecipe, OptionError, type ViewParameters, type ViewRecipe } from './index.ts';

const SAMPLES = 4000;

const draws = (recipe: ViewRecipe, view: number, count = SAMPLES): ViewParameters[] =>
  Array.from({ length: count }, (_, sample) =>
    drawView(recipe, 100, 80, { seed: 11, epoch: 2, sample, view }),
  );

/** A count of n trials within five standard deviations; exact where the outcome is certain. */
function expectBinomial(count: number, probability: number, trials: number, label: string): void {
  const bound = 5 * Math.sqrt(trials * probability * (1 - probability));
  expect(Math.abs(count - probability * trials), `${label}: ${count} of ${trials}`).toBeLessThanOrEqual(
    bound,
  );
}

/** Uniform values: the count in each tenth of the range is within five standard deviations. */
function expectUniform(values: number[], low: number, high: number, label: string): void {
  const counts = new Array<number>(10).fill(0);
  expect(Math.min(...values), label).toBeGreaterThanOrEqual(low);
  expect(Math.max(...values), label).toBeLessThanOrEqual(high);
  for (const value of values) counts[Math.min(9, Math.floor(((value - low) / (high - low)) * 10))]++;
  counts.forEach((count, i) => {
    expectBinomial(count, 0.1, values.length, `${label}, tenth ${i}`);
  });
}

const decisions: [string, (recipe: ViewRecipe) => number, (drawn: ViewParameters) => boolean][] = [
  ['flip', (recipe) => recipe.flip, (drawn) => drawn.flip],
  ['jitter', (recipe) => recipe.jitter.probability, (drawn) => drawn.jitter !== null],
  ['grey', (recipe) => recipe.grey, (drawn) => drawn.grey],
  ['blur', (recipe) => recipe.blur.probability, (drawn) => drawn.blur !== null],
  ['solarise', (recipe) => recipe.solarise.probability, (drawn) => drawn.solarise !== null],
];

describe.each(['paper', 'released'] as const)('%s happens as often as it says', (preset) => {
  const blur = preset === 'paper' ? [1, 0.1, 1] : [0, 0.9, 0];
  const { globals, locals } = multiCropRecipe({ preset });
  const stated = {
    flip: [0.5, 0.5, 0.5],
    jitter: [0.8, 0.8, 0.8],
    grey: [0.2, 0.2, 0.2],
    blur,
    solarise: [0, 0.2, 0],
  };

  it.each([
    ['first global', globals[0], 0, 0],
    ['second global', globals[1], 1, 1],
    ['first local', locals[0], 2, 2],
    ['last local', locals[5], 7, 2],
  ] as const)('%s', (_name, recipe, view, role) => {
    const drawn = draws(recipe, view);
    const outcomes = decisions.map(([name, , happened]) => {
      const probability = stated[name as keyof typeof stated][role];
      const each = drawn.map(happened);
      expectBinomial(each.filter(Boolean).length, probability, SAMPLES, name);
      return { name, probability, each };
    });
    // Decisions are independent: each pair happens as often as the product.
    for (const a of outcomes) {
      for (const b of outcomes) {
        if (a.name >= b.name) continue;
        const both = a.each.filter((yes, i) => yes && b.each[i]).length;
        expectBinomial(both, a.probability * b.probability, SAMPLES, `${a.name} and ${b.name}`);
      }
    }
  });
});

describe('other probabilities', () => {
  it.each([0, 0.03, 0.5, 0.97, 1])('%f', (probability) => {
    const [recipe] = multiCropRecipe({
      flip: probability,
      grey: probability,
      jitter: { probability },
      blur: { probability },
      solarise: { probability },
    }).globals;
    const drawn = draws(recipe, 0);
    for (const [name, stated, happened] of decisions) {
      expect(stated(recipe)).toBe(probability);
      expectBinomial(drawn.filter(happened).length, probability, SAMPLES, name);
    }
  });
});

describe('strengths', () => {
  const [recipe] = multiCropRecipe({
    jitter: { probability: 1, brightness: 0.4, contrast: 1.5, saturation: 0.2, hue: 0.1 },
    blur: { probability: 0.5, sigma: [0.1, 2] },
    solarise: { probability: 1, threshold: 77 },
  }).globals;
  const drawn = draws(recipe, 0, 12_000);

  it.each([
    ['brightness', 0.6, 1.4],
    ['contrast', 0, 2.5],
    ['saturation', 0.8, 1.2],
    ['hue', -0.1, 0.1],
  ] as const)('%s is uniform in %f..%f', (kind, low, high) => {
    const amounts = drawn.map(
      ({ jitter }) => jitter?.find((step) => step.kind === kind)?.amount ?? Number.NaN,
    );
    expectUniform(amounts, low, high, kind);
  });

  it('sigma is uniform where there is blur; kernel and threshold are the recipe’s', () => {
    const blurred = drawn.flatMap(({ blur }) => blur ?? []);
    expectUniform(
      blurred.map(({ sigma }) => sigma),
      0.1,
      2,
      'sigma',
    );
    expect(new Set(blurred.map(({ kernel }) => kernel))).toEqual(new Set([9]));
    expect(new Set(drawn.map(({ solarise }) => solarise?.threshold))).toEqual(new Set([77]));
  });

  it('all 24 orders of the jitter are equally likely', () => {
    const counts = new Map<string, number>();
    for (const { jitter } of drawn) {
      const order = jitter?.map((step) => step.kind).join() ?? '';
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    for (const [order, count] of counts) expectBinomial(count, 1 / 24, drawn.length, order);
  });

  it('a strength of 0 leaves its step out', () => {
    const [some] = multiCropRecipe({ jitter: { probability: 1, contrast: 0, hue: 0 } }).globals;
    for (const { jitter } of draws(some, 0, 50)) {
      expect(jitter?.map((step) => step.kind).sort()).toEqual(['brightness', 'saturation']);
    }
  });
});

describe('drawView', () => {
  const [recipe] = multiCropRecipe({ preset: 'paper' }).globals;
  const key = { seed: 1, epoch: 2, sample: 3, view: 0 };

  it('is a function of its arguments; every part of the key matters', () => {
    const base = drawView(recipe, 100, 80, key);
    expect(drawView(recipe, 100, 80, { ...key })).toEqual(base);
    for (const part of ['seed', 'epoch', 'sample', 'view'] as const) {
      expect(drawView(recipe, 100, 80, { ...key, [part]: key[part] + 1 })).not.toEqual(base);
    }
    expect(JSON.parse(JSON.stringify(base))).toEqual(base);
  });

  it('a change of one part leaves the others as they were', () => {
    const changed = {
      ...recipe,
      area: [0.1, 0.2] as const,
      jitter: { ...recipe.jitter, probability: 1, brightness: 0 },
    };
    for (let sample = 0; sample < 50; sample++) {
      const a = drawView(recipe, 100, 80, { ...key, sample });
      const b = drawView(changed, 100, 80, { ...key, sample });
      expect([b.flip, b.grey, b.blur, b.solarise]).toEqual([a.flip, a.grey, a.blur, a.solarise]);
      if (a.jitter) expect(b.jitter).toEqual(a.jitter.filter((step) => step.kind !== 'brightness'));
    }
  });

  it('rejects keys that are missing or no whole numbers', () => {
    expect(() => drawView(recipe, 100, 80, { seed: 1, epoch: 0, sample: 0.5, view: 0 })).toThrow(OptionError);
    expect(() => drawView(recipe, 100, 80, { seed: 1, epoch: 0, sample: 0 } as never)).toThrow(OptionError);
  });
});
