import type { AssignerOptions, BalancerOptions } from './assigner.ts';
import { OptionError } from './option-error.ts';

/** @throws OptionError unless the number of clusters is one */
export function checkClusters<T>({ clusters }: AssignerOptions<T>): void {
  if (Number.isInteger(clusters) && clusters >= 1) return;
  throw new OptionError(
    `clusters is ${clusters}, but must be a whole number of 1 or more: pass the number of columns of the similarities`,
  );
}

/** @throws OptionError unless `value` is finite and above 0 */
export function expectPositive(name: string, value: unknown, example: number): void {
  if (typeof value === 'number' && value > 0 && value < Infinity) return;
  throw new OptionError(`${name} is ${value}, but must be a number above 0, such as ${example}`);
}

/** @throws OptionError unless `value` is a whole number of `least` or more */
export function expectCount(name: string, value: unknown, least: number): void {
  if (Number.isInteger(value) && (value as number) >= least) return;
  throw new OptionError(`${name} is ${value}, but must be a whole number of ${least} or more`);
}

/** @throws OptionError unless `value` is there and is a function, or is left out */
export function expectFunction(name: string, value: unknown): void {
  if (value === undefined || typeof value === 'function') return;
  throw new OptionError(`${name} is ${value}, but must be a function`);
}

/** @throws OptionError where a value makes no sense */
export function checkBalancerOptions<T>(options: BalancerOptions<T>): void {
  const { momentum, teacherTemperature, allReduce, random } = options;
  if (momentum !== undefined && momentum !== 'auto' && !(momentum >= 0 && momentum <= 1)) {
    throw new OptionError(
      `momentum is ${momentum}, but must be 'auto' or a number within 0 … 1, such as 0.999`,
    );
  }
  if (teacherTemperature !== undefined) expectPositive('teacherTemperature', teacherTemperature, 0.04);
  expectFunction('allReduce', allReduce);
  expectFunction('random', random);
}
