import { type HostTensor, ShapeError, type TensorBackend } from '@excb/tensor';
import type { Assigner, AssignerContext, AssignerOptions } from './assigner.ts';
import { expectCount, expectPositive } from './check-options.ts';
import { createStateless } from './create-stateless.ts';
import { withHostBackend } from './default-backend.ts';
import { labelTargets } from './label-targets.ts';
import { OptionError } from './option-error.ts';
import { scaleMatrix } from './scale-matrix.ts';

/** What `createMira` takes. */
export interface MiraOptions<T> extends AssignerOptions<T> {
  /** τ. Default 0.225. */
  temperature?: number;
  /** β, within 0 … 1; falling along a cosine over the run where there are two. Default 3/4 to 2/3. */
  beta?: number | { from: number; to: number };
  /** Rounds of the fixed-point iteration. Default 30. */
  rounds?: number;
}

/**
 * MIRA (arXiv 2211.14454): targets that maximise a regularised mutual information between rows and clusters, by a
 * fixed-point iteration in each view of the batch by itself: tell it how many, `assign(z, { views, step, steps })`.
 * O(rows·K·rounds). Column means are those of this process: with several workers, assign the rows of all in one.
 *
 * @throws OptionError where a value of `options` makes no sense
 */
export function createMira<T = HostTensor>(options: MiraOptions<T>): Assigner<T> {
  const { temperature = 0.225, beta = { from: 3 / 4, to: 2 / 3 }, rounds = 30 } = options;
  expectPositive('temperature', temperature, 0.225);
  expectCount('rounds', rounds, 0);
  if (typeof beta === 'number') expectBeta('beta', beta);
  else {
    expectBeta('beta.from', beta?.from);
    expectBeta('beta.to', beta?.to);
  }
  return createStateless('mira', withHostBackend(options), (backend, similarities, context) =>
    labelTargets(backend, similarities, () => {
      const now = typeof beta === 'number' ? beta : betaOf(beta, context);
      const views = viewsOf(backend, similarities, context);
      const targets = views.map((view) =>
        backend.scope(() => fixedPoint(backend, view, temperature, now, rounds)),
      );
      return targets.length === 1 ? targets[0] : backend.concatRows(targets);
    }),
  );
}

function expectBeta(name: string, value: unknown): void {
  if (typeof value === 'number' && value > 0 && value < 1) return;
  throw new OptionError(`${name} is ${value}, but must be a number between 0 and 1, such as 0.67`);
}

/** β of a step. @throws OptionError where the step or the number of steps is not told */
function betaOf({ from, to }: { from: number; to: number }, { step, steps }: AssignerContext): number {
  if (!(step! >= 0) || !(steps! > 0)) {
    throw new OptionError(
      `beta falls over the run, but assign was told step ${step} of ${steps} steps: pass { step, steps } to assign, or one number as beta`,
    );
  }
  return to + ((from - to) * (1 + Math.cos(Math.PI * Math.min(1, step! / steps!)))) / 2;
}

function viewsOf<T>(backend: TensorBackend<T>, similarities: T, { views = 1 }: AssignerContext): T[] {
  const [rows] = backend.shape(similarities);
  if (!Number.isInteger(views) || views < 1 || rows % views !== 0) {
    throw new ShapeError(
      `similarities has ${rows} rows, which are not ${views} views of the same number of rows: pass the number of views, one after the other`,
    );
  }
  const size = rows / views;
  if (views === 1) return [similarities];
  return Array.from({ length: views }, (_, view) => backend.sliceRows(similarities, view * size, size));
}

/** The mean of a cluster is at least this: cosines never come near it, and nothing is divided by 0 whatever comes. */
const LEAST_MEAN = 1e-30;

/**
 * With k = softmax(z/(τ(1−β))): targets = k·w/s, where s = k·w summed over the row and w = (mean of k/s over the rows)^−β.
 * Only w is looked for, so a round is two products of k with a vector. Where w stays, w^(−(1−β)/β) is the mean of the
 * targets: the share of each cluster.
 */
function fixedPoint<T>(
  backend: TensorBackend<T>,
  similarities: T,
  temperature: number,
  beta: number,
  rounds: number,
): T {
  const [rows] = backend.shape(similarities);
  const k = backend.softmax(backend.divide(similarities, temperature * (1 - beta)));
  const one = backend.fromHost(Float32Array.of(1), []);
  /** 1/s `[rows, 1]` for w `[K, 1]`, and the other way round. */
  const inverses = (weights: T): T => backend.divide(one, backend.matMul(k, weights));
  const weightsFor = (inverse: T): T => {
    const means = backend.divide(backend.matMul(k, inverse, { transposeA: true }), rows);
    return backend.exp(backend.multiply(backend.log(backend.maximum(means, LEAST_MEAN)), -beta));
  };
  let weights = weightsFor(backend.fromHost(new Float32Array(rows).fill(1), [rows, 1]));
  for (let round = 0; round < rounds; round++) weights = weightsFor(inverses(weights));
  return scaleMatrix(backend, k, inverses(weights), weights);
}
