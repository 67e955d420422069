import { OptionError } from '@excb/augment';
import { BrokenImageError, type SkippedImage } from './errors.ts';
import type { ImageSource } from './image-source.ts';

/** What happens to an image that cannot be decoded: named and left out, or the end of the run. */
export type BrokenImagePolicy = 'skip' | 'fail';

/** The images of a source that were found broken. */
export class BrokenImages {
  readonly #source: ImageSource;
  readonly #policy: BrokenImagePolicy;
  readonly #found = new Map<number, SkippedImage>();

  /** @throws OptionError on an unknown policy */
  constructor(source: ImageSource, policy: BrokenImagePolicy = 'skip') {
    if (policy !== 'skip' && policy !== 'fail') {
      throw new OptionError('onError', `onError is '${policy}', expected 'skip' or 'fail'`);
    }
    this.#source = source;
    this.#policy = policy;
  }

  /** @throws BrokenImageError under the policy 'fail' */
  add(index: number, reason: string): void {
    if (this.#found.has(index)) return;
    const image = { index, name: this.#source.describe(index).name, reason };
    if (this.#policy === 'fail') throw new BrokenImageError(image);
    this.#found.set(index, image);
  }

  has(index: number): boolean {
    return this.#found.has(index);
  }

  /** Each image once, by index. */
  get list(): readonly SkippedImage[] {
    return [...this.#found.values()].sort((a, b) => a.index - b.index);
  }
}
