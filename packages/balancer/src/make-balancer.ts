import type { HostAssign } from '@excb/tensor';
import { type Assigner, type BalancerOptions, TEACHER_TEMPERATURE } from './assigner.ts';
import { createFrame } from './assigner-frame.ts';
import { assignRows } from './balance-similarities.ts';
import { checkBalancerOptions } from './check-options.ts';
import { checkAssignments } from './check-similarities.ts';
import { createClusterSizes } from './cluster-sizes.ts';
import { fillClusterWeights } from './cluster-weights.ts';
import { withFusedBackend } from './default-backend.ts';
import { autoMomentum, effectiveSamples } from './momentum.ts';
import { expectAmounts, expectOwnState, restoredWindow, savedWindow } from './saved-state.ts';
import { StateError } from './state-error.ts';

/** How far the running sizes and the weights for them have spread: what is worth a line in the log. */
export interface SizeExtremes {
  /** K · size / Σ size of the smallest cluster: 1 is an equal share. */
  smallest: number;
  /** The same of the largest. */
  largest: number;
  /** Smallest `lower` weight, before jitter: 1 where no cluster is pulled closer. */
  lowerMin: number;
  /** Smallest `higher` weight: 1 where none is pushed away. */
  higherMin: number;
}

/** Explicit cluster balancing. */
export interface Balancer<T> extends Assigner<T> {
  /** The momentum in force; `undefined` until the first update fixes an `'auto'` one. */
  readonly momentum: number | undefined;
  /** N_eff of the last update, see `effectiveSamples`: warn where it is under 5. `undefined` before the first. */
  readonly effectiveSamples: number | undefined;
  /** The running relative sizes `[K]`; they sum to about 1 and start at 1/K. */
  sizes(): Promise<Float32Array>;
  extremes(): Promise<SizeExtremes>;
}

const NAME = 'excb';
const MOMENTUM = 0.999;

/** `createBalancer`, with what does the work where no backend is given. */
export function makeBalancer<T>(options: BalancerOptions<T>, assign: () => HostAssign): Balancer<T> {
  checkBalancerOptions(options);
  const { clusters, momentum: asked = MOMENTUM, allReduce, random = Math.random } = options;
  const { teacherTemperature = TEACHER_TEMPERATURE } = options;
  const frame = createFrame(NAME, withFusedBackend(options, assign));
  const { backend, window } = frame;
  const sizes = createClusterSizes(backend, clusters, random);
  let momentum = asked === 'auto' ? undefined : asked;
  let samples: number | undefined;

  function momentumFor(rows: number): number {
    momentum ??= autoMomentum(rows, clusters);
    samples = effectiveSamples(rows, clusters, momentum);
    return momentum;
  }

  async function learnWithOthers(assignments: T, reduce: NonNullable<typeof allReduce>): Promise<void> {
    const summed = await reduce(await sizes.count(assignments));
    const counts = expectAmounts('what allReduce gave', summed, clusters);
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total === 0)
      throw new StateError('what allReduce gave sums to 0, but must be the rows of all workers');
    await window.expectFinite();
    frame.expectAlive();
    sizes.learnCounts(counts, total, momentumFor(total));
  }

  async function readSizes(): Promise<Float32Array> {
    frame.expectAlive();
    const [values] = await Promise.all([sizes.read(), window.expectFinite()]);
    return values;
  }

  const balancer: Balancer<T> = {
    name: NAME,
    clusters,
    get momentum() {
      return momentum;
    },
    get effectiveSamples() {
      return samples;
    },
    assign: (similarities, { into } = {}) =>
      frame.assign(similarities, () =>
        assignRows(backend, similarities, sizes.weights(), teacherTemperature, into),
      ),
    async update(assignments) {
      frame.expectAlive();
      const rows = checkAssignments(backend, assignments);
      if (allReduce) await learnWithOthers(assignments, allReduce);
      else sizes.learn(assignments, rows, momentumFor(rows));
    },
    async step(similarities, context) {
      return frame.stepOf(balancer, similarities, context);
    },
    health: frame.health,
    sizes: readSizes,
    async extremes() {
      const values = await readSizes();
      const weights = { lower: new Float32Array(clusters), higher: new Float32Array(clusters) };
      fillClusterWeights(values, () => 0, weights);
      const share = clusters / values.reduce((sum, size) => sum + size, 0);
      const least = (of: Float32Array) => of.reduce((a, b) => Math.min(a, b));
      return {
        smallest: least(values) * share,
        largest: values.reduce((a, b) => Math.max(a, b)) * share,
        lowerMin: least(weights.lower),
        higherMin: least(weights.higher),
      };
    },
    async state() {
      const [values, counts] = await Promise.all([readSizes(), window.read(false)]);
      const saved = savedWindow(counts);
      return {
        assigner: NAME,
        clusters,
        values: { ...saved.values, ...(momentum === undefined ? {} : { momentum }) },
        arrays: { sizes: values, ...saved.arrays },
      };
    },
    async restore(state) {
      frame.expectAlive();
      expectOwnState(state, NAME, clusters);
      const values = expectAmounts("the state's sizes", state.arrays.sizes, clusters);
      if (values.every((size) => size === 0)) {
        throw new StateError("the state's sizes are all 0, but must hold one that is larger");
      }
      const counts = restoredWindow(state, clusters);
      const saved: number | undefined = state.values.momentum;
      if (saved !== undefined && !(saved >= 0 && saved <= 1)) {
        throw new StateError(`the state's momentum is ${saved}, but must be within 0 … 1`);
      }
      sizes.write(values);
      window.write(counts);
      if (asked === 'auto') momentum = saved;
    },
    dispose() {
      frame.dispose(sizes.dispose);
    },
  };
  return balancer;
}
