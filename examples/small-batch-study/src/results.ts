import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Conditions } from './conditions.ts';
import { nameOf, type Plan } from './plan.ts';
import type { Result } from './run.ts';
import type { StepTime } from './time.ts';
import type { Untrained } from './untrained.ts';

/** All that a folder holds, runs by name. */
export interface Study {
  results: Result[];
  /** What `--time` measured; empty where it did not. */
  times: StepTime[];
  /** By seed. */
  untrained: Untrained[];
  /** One for each start under other conditions. */
  conditions: Conditions[];
}

const TIMES = 'step-times.json';
const CONDITIONS = 'conditions.json';

/** Whole or not at all: written beside, then renamed. */
export function writeWhole(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}

const writeJson = (file: string, value: unknown) => writeWhole(file, `${JSON.stringify(value, null, 2)}\n`);

function readJson<Value>(file: string): Value | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Value) : undefined;
}

export function writeResult(folder: string, result: Result): void {
  writeJson(join(folder, `${nameOf(result)}.json`), result);
}

/** Whether the folder holds this run, with these settings and images. */
export function isDone(folder: string, plan: Plan, images: number): boolean {
  const result = readJson<Result>(join(folder, `${nameOf(plan)}.json`));
  return result?.images === images && isDeepStrictEqual(result.config, plan.config);
}

const untrainedFile = (folder: string, seed: number) => join(folder, `untrained-seed-${seed}.json`);

export function writeUntrained(folder: string, figures: Untrained): void {
  writeJson(untrainedFile(folder, figures.seed), figures);
}

/** Whether the folder holds the figures of this plan's network before it learns. */
export function hasUntrained(folder: string, { seed, config }: Plan, images: number): boolean {
  const figures = readJson<Untrained>(untrainedFile(folder, seed));
  return figures?.images === images && isDeepStrictEqual(figures.backbone, config.backbone);
}

export function writeTimes(folder: string, times: StepTime[]): void {
  writeJson(join(folder, TIMES), times);
}

/** Adds conditions that are not there yet. */
export function addConditions(folder: string, conditions: Conditions): void {
  const file = join(folder, CONDITIONS);
  const known = readJson<Conditions[]>(file) ?? [];
  if (!known.some((item) => isDeepStrictEqual(item, conditions))) writeJson(file, [...known, conditions]);
}

/** @throws Error where runs of different settings are mixed, which no table can compare */
export function readStudy(folder: string): Study {
  const read = <Value>(pattern: RegExp) =>
    readdirSync(folder)
      .filter((name) => pattern.test(name))
      .sort()
      .map((name) => readJson<Value>(join(folder, name))!);
  const results = read<Result>(/-batch-\d+-seed-\d+\.json$/);
  const [first] = results;
  const other = results.find((result) => !isDeepStrictEqual(setting(result), setting(first)));
  if (other) {
    throw new Error(
      `${folder} holds runs of different settings, such as ${nameOf(first)} and ${nameOf(other)}: ` +
        'name a folder for each study with --out, or remove the runs of one of them',
    );
  }
  return {
    results,
    times: readJson<StepTime[]>(join(folder, TIMES)) ?? [],
    untrained: read<Untrained>(/^untrained-seed-\d+\.json$/),
    conditions: readJson<Conditions[]>(join(folder, CONDITIONS)) ?? [],
  };
}

/** What all runs of a study have in common: all but what the plan varies, and what follows from the batch. */
function setting({ images, config }: Result) {
  const { assigner: _a, batch: _b, seed: _s, learningRate: _l, teacherMomentum: _t, ...common } = config;
  return { images, common };
}
