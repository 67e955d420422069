import { OptionError } from './errors.ts';

/** A stream of uniform random numbers. */
export interface RandomStream {
  /** The next number in [0, 1), a multiple of 2⁻⁵³. */
  next(): number;
}

/** Rotations of Threefry-2x32. */
const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const PARITY = 0x1bd11bda;

/**
 * Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): a
 * bijection of the counter (x0, x1) under the key (k0, k1), all 32-bit words. Writes both words to `out`.
 */
export function threefry(k0: number, k1: number, x0: number, x1: number, out: Int32Array): void {
  const schedule0 = k0 | 0;
  const schedule1 = k1 | 0;
  const schedule2 = (PARITY ^ k0 ^ k1) | 0;
  let a = (x0 + schedule0) | 0;
  let b = (x1 + schedule1) | 0;
  for (let block = 1; block <= 5; block++) {
    const first = block % 2 === 1 ? 0 : 4;
    for (let round = first; round < first + 4; round++) {
      const rotation = ROTATIONS[round];
      a = (a + b) | 0;
      b = ((b << rotation) | (b >>> (32 - rotation))) ^ a;
    }
    const turn = block % 3;
    a = (a + (turn === 0 ? schedule0 : turn === 1 ? schedule1 : schedule2)) | 0;
    b = (b + (turn === 0 ? schedule1 : turn === 1 ? schedule2 : schedule0) + block) | 0;
  }
  out[0] = a;
  out[1] = b;
}

/** High counter word of the draws: beyond the high word of any safe integer, so no key can meet a draw. */
const DRAWS = 0x40000000;

/**
 * A counter-based stream: draw n is a function of `keys` and n alone. Streams of different keys (values, order
 * or number of keys) are independent.
 *
 * @param keys safe integers, for example seed, epoch, sample, view
 * @throws OptionError when a key is not a safe integer
 */
export function randomStream(...keys: number[]): RandomStream {
  const state = new Int32Array(2);
  keys.forEach((key, i) => {
    if (!Number.isSafeInteger(key)) {
      throw new OptionError(
        `keys[${i}]`,
        `randomStream: keys[${i}] is ${key}, expected a safe integer: pass whole numbers (seed, epoch, sample, view)`,
      );
    }
    threefry(state[0], state[1], key | 0, Math.floor(key / 2 ** 32) | 0, state);
  });
  const [k0, k1] = state;
  const words = new Int32Array(2);
  let draw = 0;
  return {
    next() {
      threefry(k0, k1, draw | 0, DRAWS + Math.floor(draw / 2 ** 32), words);
      draw++;
      return ((words[0] >>> 5) * 2 ** 26 + (words[1] >>> 6)) / 2 ** 53;
    },
  };
}
