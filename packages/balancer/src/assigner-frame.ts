import type { TensorBackend } from '@excb/tensor';
import type { Assigner, AssignerContext, AssignerOptions, Assignment } from './assigner.ts';
import { checkClusters } from './check-options.ts';
import { checkSimilarities } from './check-similarities.ts';
import { type ClusterHealth, healthOf } from './cluster-health.ts';
import { DisposedError } from './disposed-error.ts';
import { createHealthWindow, type HealthWindow } from './health-window.ts';

/** What every assigner has in common. */
export interface AssignerFrame<T> {
  readonly backend: TensorBackend<T>;
  readonly window: HealthWindow<T>;
  /** `solve` in a scope of its own, between the checks of `similarities` and the count of what came out. */
  assign(similarities: T, solve: () => Assignment<T>): Assignment<T>;
  /** `assign` and `update` of `assigner`; when the update fails, the assignment is disposed. */
  stepOf(assigner: Assigner<T>, similarities: T, context?: AssignerContext): Promise<Assignment<T>>;
  health(options?: { reset?: boolean }): Promise<ClusterHealth>;
  /** @throws DisposedError after `dispose` */
  expectAlive(): void;
  /** Also calls `more`; the second time nothing happens. */
  dispose(more?: () => void): void;
}

/** @throws OptionError where the number of clusters makes no sense */
export function createFrame<T>(name: string, options: Required<AssignerOptions<T>>): AssignerFrame<T> {
  checkClusters(options);
  const { clusters, backend } = options;
  const window = createHealthWindow(backend, clusters);
  let disposed = false;

  function expectAlive(): void {
    if (disposed) throw new DisposedError(`the assigner '${name}' was used after dispose(): make a new one`);
  }

  return {
    backend,
    window,
    expectAlive,
    assign(similarities, solve) {
      expectAlive();
      checkSimilarities(backend, similarities, clusters);
      const assignment = backend.scope(solve);
      window.record(similarities, assignment);
      return assignment;
    },
    async stepOf(assigner, similarities, context) {
      const assignment = assigner.assign(similarities, context);
      try {
        await assigner.update(assignment.assignments);
      } catch (error) {
        const { targets, assignments, rawAssignments } = assignment;
        for (const t of [targets, assignments, rawAssignments]) backend.dispose(t);
        throw error;
      }
      return assignment;
    },
    async health({ reset = false } = {}) {
      expectAlive();
      return healthOf(await window.read(reset));
    },
    dispose(more) {
      if (disposed) return;
      disposed = true;
      window.dispose();
      more?.();
    },
  };
}
