/** Views per second of processor time on one core: `npx tsx --conditions=@excb/source packages/augment/bench/views.ts [seconds]`. */
import { createViews, type MultiCropRecipe, multiCropRecipe, type RgbImage } from '@excb/augment';

const seconds = Number(process.argv[2] ?? 3);

/** A smooth coloured pattern. */
function pattern(width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++, i++) {
        data[i] = 128 + 70 * Math.sin(0.05 * x + 0.01 * y * (c + 1)) + 50 * Math.cos(0.04 * y - 0.02 * x * c);
      }
    }
  }
  return { width, height, data };
}

function measure(name: string, image: RgbImage, recipe: MultiCropRecipe): void {
  const views = recipe.globals.length + recipe.locals.length;
  for (let sample = 0; sample < 20; sample++) createViews(image, recipe, { seed: 1, epoch: 0, sample });
  const start = process.cpuUsage().user;
  const elapsed = () => (process.cpuUsage().user - start) / 1e6;
  let samples = 0;
  while (elapsed() < seconds) {
    createViews(image, recipe, { seed: 1, epoch: 1, sample: samples++ });
  }
  const rate = samples / elapsed();
  console.log(`${name}: ${rate.toFixed(1)} images/s, ${(rate * views).toFixed(0)} views/s`);
}

const photo = pattern(500, 375);
measure('ImageNet 500×375, released, 2×224 + 6×96', photo, multiCropRecipe());
measure('ImageNet 500×375, paper, 2×224 + 6×96', photo, multiCropRecipe({ preset: 'paper' }));
measure(
  'ImageNet 500×375, crops and flips only',
  photo,
  multiCropRecipe({
    jitter: { probability: 0 },
    grey: 0,
    blur: { probability: 0 },
    solarise: { probability: 0 },
  }),
);
measure(
  'emoji 32×32, 2×32 + 4×16',
  pattern(32, 32),
  multiCropRecipe({
    localCrops: 4,
    globalSize: 32,
    localSize: 16,
    minScale: 0.5,
    localMinScale: 0.2,
    flip: 0,
    jitter: { brightness: 0.24, contrast: 0.24, saturation: 0.12, hue: 0.06 },
    blur: { sigma: [0.1, 0.5], kernel: 5 },
  }),
);
