import { createViews, multiCropRecipe } from '@excb/augment';

/** The bytes of all views of a made-up image, as text: one view a string, which crosses to the test quickly. */
export function views(preset: 'paper' | 'released', sample: number): { globals: string[]; locals: string[] } {
  const recipe = multiCropRecipe({ preset, globalSize: 48, localSize: 24 });
  const { globals, locals } = createViews(madeUpImage(97, 61), recipe, { seed: 7, epoch: 3, sample });
  return {
    globals: globals.map((view) => view.data.join(' ')),
    locals: locals.map((view) => view.data.join(' ')),
  };
}

function madeUpImage(width: number, height: number) {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) {
    const x = Math.floor(i / 3) % width;
    const y = Math.floor(i / 3 / width);
    data[i] = [(x * 5 + y) & 255, (x * y) & 255, ((x >> 3) ^ (y >> 3)) & 1 ? 220 : 30][i % 3];
  }
  return { width, height, data };
}
