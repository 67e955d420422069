// Images a second of the loader, by number of threads. Run by hand:
//   npx tsx --conditions=@excb/source packages/data/bench/loader.ts [images] [side]
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MultiCropRecipe, multiCropRecipe } from '@excb/augment';
import { createLoader, type ImageSource, imageStatistics, openEmoji, openFolder } from '@excb/data';
import sharp from 'sharp';

const images = Number(process.argv[2] ?? 256);
const side = Number(process.argv[3] ?? 500);

async function jpegs(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'excb-bench-'));
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
  for (let i = 0; i < images; i++) {
    const coarse = await sharp({
      create: { width: 24, height: 18, channels: 3, background: '#808080', noise },
    })
      .png()
      .toBuffer();
    const file = join(folder, `${i}.jpg`);
    await sharp(coarse)
      .resize(side, Math.round((side * 3) / 4))
      .jpeg({ quality: 90 })
      .toFile(file);
  }
  return folder;
}

async function measure(
  name: string,
  source: ImageSource,
  batch: number,
  recipe: MultiCropRecipe,
): Promise<void> {
  const normalisation = await imageStatistics(source);
  for (const workers of new Set([0, 1, 2, availableParallelism()])) {
    const loader = createLoader(source, { batch, seed: 1, recipe: () => recipe, normalisation, workers });
    let start = 0;
    let seen = 0;
    for await (const { indices } of loader.batches(0)) {
      // The first batches pay for the threads' start.
      if (start === 0) start = performance.now();
      else seen += indices.length;
    }
    const rate = (seen / (performance.now() - start)) * 1000;
    console.log(`${name}, batch ${batch}, ${workers} threads: ${rate.toFixed(0)} images/s`);
    await loader.close();
  }
}

const small = { localCrops: 4, globalSize: 32, localSize: 16, flip: 0 };
const emoji = await openEmoji();
await measure('emoji 32 × 32, 2 + 4 views', emoji.split().train, 32, multiCropRecipe(small));

const folder = await jpegs();
try {
  const source = await openFolder(folder);
  const name = `JPEG ${side} × ${Math.round((side * 3) / 4)}`;
  await measure(`${name}, 2 × 224 + 6 × 96`, source, 16, multiCropRecipe());
  await measure(`${name}, 2 × 32 + 4 × 16`, source, 16, multiCropRecipe(small));
} finally {
  await rm(folder, { recursive: true });
}
