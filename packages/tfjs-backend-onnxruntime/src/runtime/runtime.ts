import type { HostArray, Value } from '../graph/graph.ts';
import type { BackendOptions } from '../options.ts';

/** A compiled graph. */
export interface Session {
  /** Runs the graph: one array per input in, one per output out. */
  run(inputs: readonly Value[]): HostArray[] | Promise<HostArray[]>;
  dispose(): void;
}

/** What compiles graphs. Without `Promise`s where `synchronous`. */
export interface Runtime {
  readonly synchronous: boolean;
  /** With an `arena`, a session keeps the memory of a run for the next one. */
  compile(
    model: Uint8Array,
    options: BackendOptions,
    outputs: number,
    arena?: boolean,
  ): Session | Promise<Session>;
}
