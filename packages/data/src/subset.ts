import { OptionError } from '@excb/augment';
import type { ImageSource } from './image-source.ts';

/**
 * Some images of a source, in the order of `indices`; an index may come more than once. Classes stay as they are.
 *
 * @throws OptionError when an index is not one of the source
 */
export function subset(source: ImageSource, indices: ArrayLike<number>): ImageSource {
  const chosen = Float64Array.from(indices);
  for (const index of chosen) checkIndex(source, index);
  const at = (index: number) => {
    checkIndex({ name: `${source.name} (subset)`, length: chosen.length }, index);
    return chosen[index];
  };
  return {
    name: `${source.name} (${chosen.length} of ${source.length})`,
    length: chosen.length,
    classes: source.classes,
    describe: (index) => source.describe(at(index)),
    reference: (index) => source.reference(at(index)),
  };
}

/** @throws OptionError when `index` is not one of the source */
export function checkIndex(source: { name: string; length: number }, index: number): void {
  if (Number.isSafeInteger(index) && index >= 0 && index < source.length) return;
  throw new OptionError(
    'index',
    `index ${index} was asked of '${source.name}', expected 0 to ${source.length - 1} (${source.length} images)`,
  );
}
