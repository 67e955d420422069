import { type RgbImage, randomStream } from '../src/index.ts';

/** Independent uniform values, for tests. */
export function noiseImage(width: number, height: number, seed = 1): RgbImage {
  const stream = randomStream(seed, width, height);
  const data = Uint8Array.from({ length: width * height * 3 }, () => Math.floor(stream.next() * 256));
  return { width, height, data };
}
