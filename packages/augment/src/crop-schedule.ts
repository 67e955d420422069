import { checkInteger, checkNumber } from './check-options.ts';

/**
 * The smallest global crop area of an epoch (also the largest local one): half a cosine from `from` to `to`
 * over `epoch / epochs`, so that the last epoch comes near `to` without reaching it.
 *
 * @param epoch counted from 0
 * @throws OptionError
 */
export function cropMinScale(epoch: number, epochs: number, from: number, to: number): number {
  checkInteger('epochs', epochs, 1);
  checkNumber('epoch', epoch, 0, epochs);
  checkNumber('from', from, 0, 1);
  checkNumber('to', to, 0, 1);
  return to + 0.5 * (from - to) * (1 + Math.cos((Math.PI * epoch) / epochs));
}
