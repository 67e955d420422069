import { randomStream } from '@excb/augment';

/** First keys of the loader's own random streams. The views' streams start with the seed, which is not negative. */
const SHUFFLE = -1;
const REPLACEMENT = -2;

/** The order of an epoch: a permutation of 0 … `length − 1` that is a function of seed and epoch. */
export function epochOrder(length: number, seed: number, epoch: number): Uint32Array {
  const order = Uint32Array.from({ length }, (_, i) => i);
  const random = randomStream(SHUFFLE, seed, epoch);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(random.next() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** Images that may take the place of a broken one, in the order they are tried: a function of (seed, epoch, index). */
export function* replacements(length: number, seed: number, epoch: number, index: number): Generator<number> {
  const random = randomStream(REPLACEMENT, seed, epoch, index);
  for (;;) yield Math.floor(random.next() * length);
}
