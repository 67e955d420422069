import { type Normalisation, normalise, OptionError } from '@excb/augment';
import { EmptySourceError } from './errors.ts';
import type { ImageSource } from './image-source.ts';

/** @throws OptionError when `value` is not a whole number of at least `least` */
export function checkWhole(option: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new OptionError(option, `${option} is ${value}, expected a whole number of at least ${least}`);
}

/** @throws OptionError on a bad mean or deviation */
export function checkNormalisation(normalisation: Normalisation): void {
  if (!normalisation) {
    throw new OptionError(
      'normalisation',
      'normalisation is missing, expected { mean, std }: pass imagenetNormalisation or await imageStatistics(source)',
    );
  }
  normalise({ width: 1, height: 1, data: new Uint8Array(3) }, normalisation);
}

/** @throws EmptySourceError */
export function checkSource(source: ImageSource): void {
  if (!(source.length > 0)) throw new EmptySourceError(source.name);
}
