import type { AssignerOptions } from './assigner.ts';
import { OptionError } from './option-error.ts';

/** @throws OptionError where a value makes no sense */
export function checkOptions<T>(options: AssignerOptions<T>): void {
  const { clusters, momentum, teacherTemperature, allReduce, random } = options;
  if (!Number.isInteger(clusters) || clusters < 1) {
    throw new OptionError(
      `clusters is ${clusters}, but must be a whole number of 1 or more: pass the number of columns of the similarities`,
    );
  }
  if (momentum !== undefined && momentum !== 'auto' && !(momentum >= 0 && momentum <= 1)) {
    throw new OptionError(
      `momentum is ${momentum}, but must be 'auto' or a number within 0 … 1, such as 0.999`,
    );
  }
  if (teacherTemperature !== undefined && !(teacherTemperature > 0 && teacherTemperature < Infinity)) {
    throw new OptionError(
      `teacherTemperature is ${teacherTemperature}, but must be a number above 0, such as 0.04`,
    );
  }
  for (const [name, value] of Object.entries({ allReduce, random })) {
    if (value === undefined || typeof value === 'function') continue;
    throw new OptionError(`${name} is ${value}, but must be a function`);
  }
}
