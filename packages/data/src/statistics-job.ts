import type { CancelFlag } from './cancellation.ts';
import { type BrokenPlace, decodeAll } from './decode-all.ts';
import type { ImageReference } from './image-source.ts';

/** Images to sum up. */
export interface StatisticsJob {
  images: ImageReference[];
  cancelled: CancelFlag;
}

/** Sums of the 8-bit values a channel: whole numbers, so that adding them up in any order is exact. */
export interface StatisticsResult {
  pixels: number;
  sum: [red: number, green: number, blue: number];
  squares: [red: number, green: number, blue: number];
  broken: BrokenPlace[];
}

/** Counts the values of every channel and sums them up. */
export async function sumPixels({ images, cancelled }: StatisticsJob): Promise<StatisticsResult> {
  const counts = [0, 1, 2].map(() => new Float64Array(256));
  const [red, green, blue] = counts;
  const broken = await decodeAll(images, cancelled, ({ data }) => {
    for (let i = 0; i < data.length; i += 3) {
      red[data[i]]++;
      green[data[i + 1]]++;
      blue[data[i + 2]]++;
    }
  });
  const moment = (power: number) =>
    counts.map((histogram) => histogram.reduce((sum, count, value) => sum + count * value ** power, 0)) as [
      number,
      number,
      number,
    ];
  return { pixels: red.reduce((sum, count) => sum + count, 0), sum: moment(1), squares: moment(2), broken };
}
