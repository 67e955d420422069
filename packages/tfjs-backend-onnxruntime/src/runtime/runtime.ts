import type { Graph, HostArray, Value } from '../graph/graph.ts';
import type { BackendOptions } from '../options.ts';

/** An array for an output of a graph, and the output's shape in this run: it may depend on the numbers that go in. */
export interface OutputArray {
  shape: readonly number[];
  array: HostArray;
}

/** A compiled graph. */
export interface Session {
  /** Whether `run` writes into the arrays it is given. */
  readonly writesInto: boolean;
  /**
   * Runs the graph: one array per input in, one per output out; those of `into`, one for each output, where the session
   * `writesInto` arrays.
   */
  run(inputs: readonly Value[], into?: readonly OutputArray[]): HostArray[] | Promise<HostArray[]>;
  dispose(): void;
}

/** What compiles graphs. Without `Promise`s where `synchronous`. */
export interface Runtime {
  readonly synchronous: boolean;
  /** With an `arena`, a session keeps the memory of a run for the next one. */
  compile(graph: Graph, options: BackendOptions, arena?: boolean): Session | Promise<Session>;
}
