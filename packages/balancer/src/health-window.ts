import { type HostTensor, isHostBackend, NonFiniteError, type TensorBackend } from '@excb/tensor';
import type { Assignment } from './assigner.ts';
import type { WindowCounts } from './cluster-health.ts';

/** Hard counts of the rows that were assigned, kept where the tensors are. */
export interface HealthWindow<T> {
  record(similarities: T, assignment: Assignment<T>): void;
  /** @throws NonFiniteError where similarities that were recorded held a NaN or an infinity */
  read(reset: boolean): Promise<WindowCounts>;
  /** @throws NonFiniteError as `read` */
  expectFinite(): Promise<void>;
  /** Starts from these counts, or from none, and forgets non-finite similarities. */
  write(counts?: WindowCounts): void;
  dispose(): void;
}

function hostWindow(clusters: number): HealthWindow<HostTensor> {
  const counts = new Float32Array(clusters);
  const rawCounts = new Float32Array(clusters);
  let rows = 0;
  let changed = 0;

  function write(from?: WindowCounts): void {
    rows = from?.rows ?? 0;
    changed = from?.changed ?? 0;
    if (from) {
      counts.set(from.counts);
      rawCounts.set(from.rawCounts);
    } else {
      counts.fill(0);
      rawCounts.fill(0);
    }
  }

  return {
    record(_, assignment) {
      const labels = assignment.assignments.data;
      const raw = assignment.rawAssignments.data;
      rows += labels.length;
      for (let row = 0; row < labels.length; row++) {
        counts[labels[row]]++;
        rawCounts[raw[row]]++;
        if (labels[row] !== raw[row]) changed++;
      }
    },
    async read(reset) {
      const result = { rows, changed, counts: counts.slice(), rawCounts: rawCounts.slice() };
      if (reset) write();
      return result;
    },
    expectFinite: async () => {},
    write,
    dispose() {},
  };
}

/** Sums over the window; `changed` runs below 0: Σ (rows that kept their label − rows). */
interface Tallies<T> {
  counts: T;
  rawCounts: T;
  changed: T;
}

function deviceWindow<T>(backend: TensorBackend<T>, clusters: number): HealthWindow<T> {
  const number = (value: number): T => backend.keep(backend.fromHost(Float32Array.of(value), []));
  const vector = (values?: Float32Array): T =>
    backend.keep(backend.fromHost(values?.slice() ?? new Float32Array(clusters), [clusters]));
  const place = (from?: WindowCounts): Tallies<T> => ({
    counts: vector(from?.counts),
    rawCounts: vector(from?.rawCounts),
    changed: number(-(from?.changed ?? 0)),
  });
  const drop = (old: Tallies<T>): void => {
    for (const t of [old.counts, old.rawCounts, old.changed]) backend.dispose(t);
  };

  let rows = 0;
  let tallies = place();
  let poison = number(0); // 0 until it is NaN

  function write(from?: WindowCounts): void {
    drop(tallies);
    tallies = place(from);
    rows = from?.rows ?? 0;
  }

  async function expectFinite(): Promise<void> {
    if (Number.isFinite((await backend.toHost(poison)).data[0])) return;
    throw new NonFiniteError(
      'similarities of an earlier step hold a NaN or an infinity, so the labels since then mean nothing: restore() a state from before it',
    );
  }

  return {
    record(similarities, { assignments, rawAssignments }) {
      const [count] = backend.shape(assignments);
      const next = backend.scope(() => {
        const same = backend.sum(backend.equal(assignments, rawAssignments));
        const total = backend.sum(backend.sum(similarities, -1));
        return {
          counts: backend.add(tallies.counts, backend.countLabels(assignments, clusters)),
          rawCounts: backend.add(tallies.rawCounts, backend.countLabels(rawAssignments, clusters)),
          changed: backend.add(tallies.changed, backend.subtract(same, count)),
          poison: backend.add(poison, backend.multiply(total, 0)),
        };
      });
      drop(tallies);
      backend.dispose(poison);
      poison = backend.keep(next.poison);
      tallies = {
        counts: backend.keep(next.counts),
        rawCounts: backend.keep(next.rawCounts),
        changed: backend.keep(next.changed),
      };
      rows += count;
    },
    async read(reset) {
      const seen = rows;
      const reading = [tallies.counts, tallies.rawCounts, tallies.changed].map((t) => backend.toHost(t));
      const finite = expectFinite();
      if (reset) write();
      const [[counts, rawCounts, changed]] = await Promise.all([Promise.all(reading), finite]);
      return {
        rows: seen,
        changed: Math.abs(changed.data[0]),
        counts: Float32Array.from(counts.data),
        rawCounts: Float32Array.from(rawCounts.data),
      };
    },
    expectFinite,
    write(from) {
      write(from);
      backend.dispose(poison);
      poison = number(0);
    },
    dispose() {
      drop(tallies);
      backend.dispose(poison);
    },
  };
}

/** In place on the host, where the fused assignment has seen to it that all is finite. */
export function createHealthWindow<T>(backend: TensorBackend<T>, clusters: number): HealthWindow<T> {
  return isHostBackend(backend) && backend.fused?.assign
    ? (hostWindow(clusters) as HealthWindow<unknown> as HealthWindow<T>)
    : deviceWindow(backend, clusters);
}
