import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  createViews,
  ImageError,
  type MultiCropRecipe,
  multiCropRecipe,
  normalise,
  OptionError,
} from '@excb/augment';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { folderOf, pattern, png, temporaryFolder, writeFiles } from '../test/sample-images.ts';
import { threads } from '../test/threads.ts';
import { createLoader, type LoaderOptions } from './create-loader.ts';
import { epochOrder } from './epoch-order.ts';
import {
  BrokenImageError,
  EmptySourceError,
  LoaderClosedError,
  TooManyBrokenImagesError,
  WorkerError,
} from './errors.ts';
import type { ImageSource } from './image-source.ts';
import { openFolder } from './open-folder.ts';
import { fromPixels } from './pixel-source.ts';
import { subset } from './subset.ts';
import type { ViewBatch } from './view-batches.ts';

const normalisation = { mean: [0.5, 0.4, 0.3], std: [0.2, 0.25, 0.3] } as const;
const recipe = multiCropRecipe({ localCrops: 3, globalSize: 12, localSize: 6 });
const options: LoaderOptions = { batch: 4, seed: 5, recipe: () => recipe, normalisation, workers: 0 };

/** A loader that is closed after the test. */
function loader(source: ImageSource, changes: Partial<LoaderOptions> = {}) {
  const made = createLoader(source, { ...options, ...changes });
  onTestFinished(() => made.close());
  return made;
}

async function collect(batches: AsyncIterable<ViewBatch>): Promise<ViewBatch[]> {
  const all: ViewBatch[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}

const pixels = (count: number) => fromPixels(Array.from({ length: count }, (_, i) => pattern(20, 16, i)));

/** 14 good images and two broken ones, 03.png and 09.png. */
async function folderWithBroken(): Promise<ImageSource> {
  const folder = await folderOf(16);
  const whole = await png(3, 40, 40);
  await writeFiles(folder, { '03.png': whole.subarray(0, whole.length / 2), '09.png': 'no image' });
  return openFolder(folder);
}

test('a batch holds the views of its samples, view-major, normalised', async () => {
  const source = pixels(11);
  const batches = await collect(loader(source).batches(2));
  expect(batches.map(({ epoch, step }) => [epoch, step])).toEqual([
    [2, 0],
    [2, 1],
  ]);
  const order = epochOrder(11, 5, 2);
  batches.forEach(({ globals, locals, indices, step }) => {
    expect([...indices]).toEqual([...order.subarray(step * 4, step * 4 + 4)]);
    expect(globals.shape).toEqual([2 * 4, 12, 12, 3]);
    expect(locals?.shape).toEqual([3 * 4, 6, 6, 3]);
    expect(globals.data.length).toBe(2 * 4 * 12 * 12 * 3);
    indices.forEach((sample, place) => {
      const views = createViews(pattern(20, 16, sample), recipe, { seed: 5, epoch: 2, sample });
      for (const [kind, tensor] of [
        ['globals', globals],
        ['locals', locals],
      ] as const) {
        views[kind].forEach((view, v) => {
          const values = view.data.length;
          const start = (v * 4 + place) * values;
          expect(tensor?.data.slice(start, start + values)).toEqual(normalise(view, normalisation));
        });
      }
    });
  });
});

describe('with the same seed', () => {
  let source: ImageSource;
  let expected: ViewBatch[];
  beforeAll(async () => {
    source = pixels(22);
    expected = await collect(createLoader(source, { ...options, dropLast: false }).batches(1));
  });

  test.each([
    [1, 1],
    [2, undefined],
    [3, 7],
  ])('%i threads and prefetch %s give the batches of none', async (workers, prefetch) => {
    const before = threads();
    const made = loader(source, { dropLast: false, workers, prefetch });
    expect(await collect(made.batches(1))).toEqual(expected);
    expect(await collect(made.batches(1, { from: 3 }))).toEqual(expected.slice(3));
    await made.close();
    expect(threads()).toBe(before);
  });

  test('an epoch taken up at a step goes on as it would have', async () => {
    const made = loader(source, { dropLast: false });
    for (const from of [0, 1, 5, 6]) {
      expect(await collect(made.batches(1, { from }))).toEqual(expected.slice(from));
    }
  });

  test('another seed and another epoch give other batches', async () => {
    expect((await collect(loader(source).batches(2)))[0].indices).not.toEqual(expected[0].indices);
    expect((await collect(loader(source, { seed: 6 }).batches(1)))[0].indices).not.toEqual(
      expected[0].indices,
    );
  });
});

test('the last short batch is dropped, or kept on demand', async () => {
  const short = loader(pixels(10), { dropLast: false });
  expect([loader(pixels(10)).stepsPerEpoch, short.stepsPerEpoch, short.batchSize]).toEqual([2, 3, 4]);
  const batches = await collect(short.batches(0));
  expect(batches.map(({ globals }) => globals.shape[0])).toEqual([8, 8, 4]);
  expect(batches.flatMap(({ indices }) => [...indices]).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 10 }, (_, i) => i),
  );
});

test('the recipe is asked for every epoch; without locals there is no tensor for them', async () => {
  const asked: number[] = [];
  const made = loader(pixels(4), {
    recipe: (epoch) => {
      asked.push(epoch);
      return multiCropRecipe({ globalSize: 8 + epoch, localCrops: 0, globalCrops: 1 });
    },
  });
  const shapes = [...(await collect(made.batches(0))), ...(await collect(made.batches(3)))].map(
    ({ globals, locals }) => [globals.shape, locals],
  );
  expect(shapes).toEqual([
    [[4, 8, 8, 3], undefined],
    [[4, 11, 11, 3], undefined],
  ]);
  expect(asked).toEqual([0, 3]);
});

test.each([0, 1])(
  'no more than `prefetch` batches are prepared while one is in use, %i threads',
  async (workers) => {
    let asked = 0;
    const base = pixels(40);
    const source: ImageSource = {
      name: 'counted',
      length: 40,
      describe: (index) => base.describe(index),
      reference: (index) => {
        asked++;
        return base.reference(index);
      },
    };
    const made = loader(source, { workers, prefetch: 2 });
    let used = 0;
    for await (const _ of made.batches(0)) {
      used++;
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(asked).toBe(4 * Math.min(10, used + 2));
    }
    expect(used).toBe(10);
  },
);

describe('broken images', () => {
  test('are named once, and others take their places, for any number of threads', async () => {
    const source = await folderWithBroken();
    const made = loader(source);
    const first = await collect(made.batches(0));
    expect(made.skipped.map(({ index, name }) => [index, name])).toEqual([
      [3, '03.png'],
      [9, '09.png'],
    ]);
    expect(made.skipped[1].reason).toMatch(/unsupported image format/);
    const order = epochOrder(16, 5, 0);
    first.forEach(({ indices, globals, step }) => {
      expect(globals.shape).toEqual([8, 12, 12, 3]);
      indices.forEach((index, place) => {
        const planned = order[step * 4 + place];
        if (planned === 3 || planned === 9) expect([3, 9]).not.toContain(index);
        else expect(index).toBe(planned);
      });
    });
    // Now that they are known, the same batches come out, and nothing is named twice.
    expect(await collect(made.batches(0))).toEqual(first);
    expect(made.skipped.length).toBe(2);
    const threaded = loader(source, { workers: 1 });
    expect(await collect(threaded.batches(0))).toEqual(first);
    expect(threaded.skipped.map(({ index, name }) => [index, name])).toEqual([
      [3, '03.png'],
      [9, '09.png'],
    ]);
  });

  test('a replacement has views of its own', async () => {
    const source = await folderWithBroken();
    const [batch] = await collect(loader(source, { batch: 16 }).batches(0));
    const place = epochOrder(16, 5, 0).indexOf(9);
    const sample = batch.indices[place];
    const views = createViews(pattern(20, 16, sample), recipe, { seed: 5, epoch: 0, sample: 9 });
    const values = views.globals[0].data.length;
    const row = batch.globals.data.slice(place * values, (place + 1) * values);
    expect(row).toEqual(normalise(views.globals[0], normalisation));
  });

  test("under onError: 'fail' the first one ends the run, named", async () => {
    const source = await folderWithBroken();
    const made = loader(source, { onError: 'fail' });
    const error = await collect(made.batches(0)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BrokenImageError);
    expect((error as BrokenImageError).image.name).toMatch(/^0[39]\.png$/);
    expect((error as Error).message).toMatch(/image [39], 0[39]\.png, cannot be decoded \(.+\)/);
  });

  test('when none is left the run ends', async () => {
    const folder = await temporaryFolder();
    for (let i = 0; i < 9; i++) await writeFiles(folder, { [`${i}.jpg`]: 'no image' });
    const made = loader(await openFolder(folder));
    const error = await collect(made.batches(0)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TooManyBrokenImagesError);
    expect((error as Error).message).toMatch(/: 9 so far, 0\.jpg \(.+\).*; …; expected/);
    expect(made.skipped.length).toBe(9);
  });

  test('two good images are enough', async () => {
    const folder = await writeFiles(await folderOf(2), { 'x.png': 'no', 'y.png': 'no' });
    const [batch] = await collect(loader(await openFolder(folder)).batches(0));
    expect(batch.indices.every((index) => index < 2)).toBe(true);
  });
});

describe('closing', () => {
  test('leaving a loop early keeps the loader usable; closing it ends its threads', async () => {
    const before = threads();
    const made = loader(pixels(400), { workers: 1 });
    for await (const batch of made.batches(0)) if (batch.step === 1) break;
    expect(threads()).toBeGreaterThan(before);
    const [last] = await collect(made.batches(0, { from: made.stepsPerEpoch - 1 }));
    expect(last.step).toBe(99);
    const run = async () => {
      for await (const batch of made.batches(0)) if (batch.step === 1) await made.close();
    };
    await expect(run()).rejects.toThrow(LoaderClosedError);
    expect(threads()).toBe(before);
    await made.close();
  });

  test('a loop under way ends with an error, without threads too', async () => {
    const made = loader(pixels(400), { prefetch: 3 });
    const steps: number[] = [];
    const run = async () => {
      for await (const batch of made.batches(0)) {
        steps.push(batch.step);
        if (batch.step !== 1) continue;
        // Until the batches after it are made.
        await setImmediate();
        await made.close();
      }
    };
    await expect(run()).rejects.toThrow(LoaderClosedError);
    expect(steps).toEqual([0, 1]);
    expect(() => made.batches(0)).toThrow(LoaderClosedError);
  });

  test.each([0, 1])(
    'a loop asked for before and begun after gives nothing, with %i threads',
    async (workers) => {
      const made = loader(pixels(40), { workers });
      const batches = made.batches(0);
      await made.close();
      await expect(collect(batches)).rejects.toThrow(LoaderClosedError);
    },
  );

  test('a loop that is at its last step ends as it would have', async () => {
    const made = loader(pixels(40));
    let steps = 0;
    for await (const batch of made.batches(0)) {
      steps++;
      if (batch.step === made.stepsPerEpoch - 1) await made.close();
    }
    expect(steps).toBe(made.stepsPerEpoch);
  });
});

describe('bad input', () => {
  test('options', () => {
    const source = pixels(8);
    const bad: [Partial<LoaderOptions>, RegExp][] = [
      [{ batch: 0 }, /batch is 0, expected a whole number of at least 1/],
      [{ batch: 9 }, /batch is 9, but 'pixels' has 8 images/],
      [{ seed: -1 }, /seed is -1/],
      [{ seed: 0.5 }, /seed is 0.5/],
      [{ workers: -1 }, /workers is -1/],
      [{ prefetch: 1.5 }, /prefetch is 1.5/],
      [{ normalisation: { mean: [0, 0, 0], std: [1, 0, 1] } }, /std\[1\]/],
      [{ normalisation: undefined }, /pass imagenetNormalisation or await imageStatistics/],
      [{ onError: 'ignore' as 'skip' }, /onError is 'ignore', expected 'skip' or 'fail'/],
    ];
    for (const [changes, message] of bad) {
      expect(() => createLoader(source, { ...options, ...changes })).toThrow(message);
      expect(() => createLoader(source, { ...options, ...changes })).toThrow(OptionError);
    }
    expect(createLoader(source, { ...options, batch: 9, dropLast: false }).stepsPerEpoch).toBe(1);
    expect(() => createLoader(subset(source, []), options)).toThrow(EmptySourceError);
  });

  test('epochs, steps and recipes', () => {
    const made = loader(pixels(8));
    expect(() => made.batches(-1)).toThrow(OptionError);
    expect(() => made.batches(0, { from: 3 })).toThrow(/from is 3, expected at most 2/);
    const withRecipe = (change: Partial<MultiCropRecipe>) =>
      loader(pixels(8), { recipe: () => ({ ...recipe, ...change }) });
    expect(() => withRecipe({ globals: [] }).batches(0)).toThrow(/no global views/);
    const other = { ...recipe.globals[0], size: 13 };
    expect(() => withRecipe({ globals: [recipe.globals[0], other] }).batches(0)).toThrow(/sizes 12 and 13/);
    expect(() => withRecipe({ locals: [{ ...other, flip: 2 }] }).batches(0)).toThrow(OptionError);
  });

  test('a failing recipe is the error of the loop', () => {
    const made = loader(pixels(8), {
      recipe: () => {
        throw new RangeError('no such epoch');
      },
    });
    expect(() => made.batches(0)).toThrow(RangeError);
  });

  test('a source of its own kind works; what it throws is the error of the loop', async () => {
    const source: ImageSource = {
      name: 'mine',
      length: 8,
      describe: (index) => ({ name: `image ${index}` }),
      reference: (index) => {
        if (index === 6) throw new TypeError('no image 6');
        return { kind: 'pixels', image: pattern(20, 16, index) };
      },
    };
    await expect(collect(loader(source).batches(0))).rejects.toThrow('no image 6');
    const threaded = loader(subset(source, [0, 1, 2, 3]), { workers: 1 });
    const [batch] = await collect(threaded.batches(0));
    const [expected] = await collect(loader(pixels(4)).batches(0));
    expect(batch).toEqual(expected);
  });

  test('pixels that are none stop the loop, from a thread too', async () => {
    const image = { width: 20, height: 16, data: new Uint8Array(20 * 16 * 4) };
    const source: ImageSource = { ...pixels(4), reference: () => ({ kind: 'pixels', image }) };
    await expect(collect(loader(source).batches(0))).rejects.toThrow(ImageError);
    const error = await collect(loader(source, { workers: 1 }).batches(0)).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(WorkerError);
    expect(error.message).toMatch(
      /^a worker thread failed \(the image data has 1280 bytes .*pass workers: 0/,
    );
  });
});

test('keeps no batch that the loop has let go of', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const wide = multiCropRecipe({ localCrops: 0, globalSize: 128 });
  const many = pixels(128);
  const batches = loader(many, { recipe: () => wide, workers: 1 }).batches(0);
  const held: number[] = [];
  let bytes = 0;
  for await (const { globals } of batches) {
    bytes = globals.data.byteLength;
    collectGarbage();
    held.push(process.memoryUsage().external);
  }
  expect(held.length).toBe(32);
  expect(held[31] - held[7]).toBeLessThan(8 * bytes);
});
