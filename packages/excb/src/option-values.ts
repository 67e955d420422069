import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';

/** Of the options that say what computes. */
export const ENGINE_HELP = 'what computes: auto, or a name from excb doctor';
export const DEVICE_HELP =
  'where it computes: cpu, webgpu (a GPU) or cuda (an NVIDIA GPU); excb doctor tries them';

/** Parses a whole number of at least `lowest`; commander names the option in front of the message. */
export function wholeNumber(lowest: number) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < lowest) {
      throw new InvalidArgumentError(`expected a whole number of at least ${lowest}.`);
    }
    return value;
  };
}

/** Parses a number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) {
    throw new InvalidArgumentError('expected a number above 0.');
  }
  return value;
}

/** Parses 'auto' or a momentum. */
export function momentumOrAuto(text: string): number | 'auto' {
  if (text === 'auto') return text;
  const value = Number(text);
  if (!(value >= 0 && value < 1) || text.trim() === '') {
    throw new InvalidArgumentError("expected 'auto' or a number from 0 to below 1, such as 0.999.");
  }
  return value;
}

/** Parses a comma-separated list of whole numbers above 0. */
export function wholeNumbers(text: string): number[] {
  return text.split(',').map(wholeNumber(1));
}

/** Reads a JSON file that holds an object. */
export function jsonFile(path: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new InvalidArgumentError(`cannot read JSON from it: ${(error as Error).message}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidArgumentError('expected an object of settings in it.');
  }
  return value as Record<string, unknown>;
}
