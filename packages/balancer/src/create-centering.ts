import type { HostTensor } from '@excb/tensor';
import {
  type Assigner,
  type AssignerContext,
  type AssignerOptions,
  TEACHER_TEMPERATURE,
} from './assigner.ts';
import { createFrame } from './assigner-frame.ts';
import { expectCount, expectFunction, expectPositive } from './check-options.ts';
import { checkAssignments } from './check-similarities.ts';
import { withHostBackend } from './default-backend.ts';
import { labelTargets } from './label-targets.ts';
import { OptionError } from './option-error.ts';
import { expectNumbers, expectOwnState, restoredWindow, savedWindow } from './saved-state.ts';
import { StateError } from './state-error.ts';

/** What `createCentering` takes. */
export interface CenteringOptions<T> extends AssignerOptions<T> {
  /** τ of softmax((z − c)/τ), once warm. Default 0.04. */
  teacherTemperature?: number;
  /**
   * The temperature rises from `from` in the first epoch to `teacherTemperature` in epoch number `epochs`, in equal steps.
   * With it, `assign` must be told the epoch. Default: no warm-up.
   */
  warmup?: { from: number; epochs: number };
  /** Of the running centre, 0 … 1. Default 0.9. */
  momentum?: number;
  /**
   * Adds up an array over all workers, entry by entry: the sum of the rows `[K]` and, as one entry more, their number.
   * With it, `update` waits for the sums; every worker then holds the same centre. Without it nothing is read back.
   */
  allReduce?: (sums: Float32Array) => Promise<Float32Array>;
}

/** Centering, and the centre it has come to. */
export interface Centering<T> extends Assigner<T> {
  /** The running mean of the similarities `[K]`; starts at 0. */
  center(): Promise<Float32Array>;
}

const NAME = 'centering';

/**
 * Centering as in DINO (arXiv 2104.14294): targets = softmax((z − c)/τ), where c is the running mean of the similarities.
 * The mean of the rows that `assign` saw last goes into c by `update`, after the loss.
 *
 * @throws OptionError where a value of `options` makes no sense
 */
export function createCentering<T = HostTensor>(options: CenteringOptions<T>): Centering<T> {
  const { clusters, teacherTemperature = TEACHER_TEMPERATURE, warmup, momentum = 0.9, allReduce } = options;
  checkOwnOptions(options);
  const frame = createFrame(NAME, withHostBackend(options));
  const { backend, window } = frame;
  const place = (values: Float32Array): T => backend.keep(backend.fromHost(values, [clusters]));

  let center = place(new Float32Array(clusters));
  /** Sum `[K]` and number of the rows that wait for `update`. */
  let waiting: { sum: T; rows: number } | undefined;

  function drop(): void {
    if (waiting) backend.dispose(waiting.sum);
    waiting = undefined;
  }

  function moveTo(next: T): void {
    backend.dispose(center);
    center = backend.keep(next);
  }

  function learn(sum: T, rows: number): void {
    moveTo(
      backend.scope(() =>
        backend.add(backend.multiply(center, momentum), backend.multiply(sum, (1 - momentum) / rows)),
      ),
    );
  }

  async function learnWithOthers(reduce: NonNullable<typeof allReduce>): Promise<void> {
    const { sum, rows } = waiting!;
    const own = new Float32Array(clusters + 1);
    own.set((await backend.toHost(sum)).data);
    own[clusters] = rows;
    const summed = expectNumbers('what allReduce gave', await reduce(own), clusters + 1);
    const total = summed[clusters];
    if (!(total > 0))
      throw new StateError(`what allReduce gave counts ${total} rows, but must be those of all workers`);
    await window.expectFinite();
    frame.expectAlive();
    const tensor = backend.fromHost(summed.slice(0, clusters), [clusters]);
    learn(tensor, total);
    backend.dispose(tensor);
  }

  async function readCenter(): Promise<Float32Array> {
    frame.expectAlive();
    const [{ data }] = await Promise.all([backend.toHost(center), window.expectFinite()]);
    return Float32Array.from(data);
  }

  const assigner: Centering<T> = {
    name: NAME,
    clusters,
    center: readCenter,
    assign(similarities, context = {}) {
      const temperature = temperatureOf(teacherTemperature, warmup, context);
      const assignment = frame.assign(similarities, () =>
        labelTargets(backend, similarities, () =>
          backend.softmax(backend.divide(backend.subtract(similarities, center), temperature)),
        ),
      );
      drop();
      const [rows] = backend.shape(similarities);
      waiting = { sum: backend.keep(backend.sum(similarities, 0)), rows };
      return assignment;
    },
    async update(assignments) {
      frame.expectAlive();
      const rows = checkAssignments(backend, assignments);
      if (rows !== waiting?.rows) {
        throw new StateError(
          `update got the assignments of ${rows} rows, but assign last saw ${waiting?.rows ?? 'none'}: call it once after each assign, with what that gave`,
        );
      }
      if (allReduce) await learnWithOthers(allReduce);
      else learn(waiting.sum, waiting.rows);
      drop();
    },
    async step(similarities, context) {
      return frame.stepOf(assigner, similarities, context);
    },
    health: frame.health,
    async state() {
      const [values, counts] = await Promise.all([readCenter(), window.read(false)]);
      const saved = savedWindow(counts);
      return {
        assigner: NAME,
        clusters,
        values: saved.values,
        arrays: { center: values, ...saved.arrays },
      };
    },
    async restore(state) {
      frame.expectAlive();
      expectOwnState(state, NAME, clusters);
      const values = expectNumbers("the state's center", state.arrays.center, clusters);
      const counts = restoredWindow(state, clusters);
      drop();
      moveTo(place(values));
      window.write(counts);
    },
    dispose() {
      frame.dispose(() => {
        drop();
        backend.dispose(center);
      });
    },
  };
  return assigner;
}

function checkOwnOptions<T>({ teacherTemperature, warmup, momentum, allReduce }: CenteringOptions<T>): void {
  if (teacherTemperature !== undefined) expectPositive('teacherTemperature', teacherTemperature, 0.04);
  if (momentum !== undefined && !(momentum >= 0 && momentum <= 1)) {
    throw new OptionError(`momentum is ${momentum}, but must be a number within 0 … 1, such as 0.9`);
  }
  if (warmup !== undefined) {
    expectPositive('warmup.from', warmup?.from, 0.04);
    expectCount('warmup.epochs', warmup?.epochs, 1);
  }
  expectFunction('allReduce', allReduce);
}

/** The temperature of an epoch. @throws OptionError where there is a warm-up and the epoch is not told */
function temperatureOf<T>(
  warm: number,
  warmup: CenteringOptions<T>['warmup'],
  { epoch }: AssignerContext,
): number {
  if (!warmup) return warm;
  if (!(epoch! >= 0)) {
    throw new OptionError(
      `the temperature warms up over ${warmup.epochs} epochs, but assign was told epoch ${epoch}: pass { epoch } to assign, or leave out warmup`,
    );
  }
  if (epoch! >= warmup.epochs) return warm;
  const share = warmup.epochs === 1 ? 0 : epoch! / (warmup.epochs - 1);
  return warmup.from + (warm - warmup.from) * share;
}
