import { totalmem } from 'node:os';
import { ArrayPool } from './array-pool.ts';
import { GraphError } from './errors.ts';
import { type CollectedGraph, collect } from './graph/collect.ts';
import { type Graph, type HostArray, sizeOf, type Value } from './graph/graph.ts';
import type { BackendOptions } from './options.ts';
import { optimise } from './passes/optimise.ts';
import type { Runtime, Session } from './runtime/runtime.ts';
import { type CompiledGraph, SessionCache } from './session-cache.ts';

/** One run of a graph. */
export interface RunRecord {
  /** Operators after optimisation. */
  nodes: number;
  inputs: number;
  outputs: number;
  /** Whether its structure was new. */
  compiled: boolean;
  compileMilliseconds: number;
  runMilliseconds: number;
}

const RECORDS = 32;

/**
 * An arena, memory that a session keeps from run to run, makes a ResNet's step a tenth faster. It comes to about a
 * fifth of all values of a graph; where that is more than a quarter of the machine's memory there is none.
 */
const ARENA_LIMIT = (5 * totalmem()) / 4;

function valueBytes({ nodes }: Graph): number {
  let elements = 0;
  for (const { outputs } of nodes) for (const { shape } of outputs) elements += sizeOf(shape);
  return 4 * elements;
}

/** Turns values into numbers: one graph, compiled once for its structure. */
export class Evaluator {
  readonly records: RunRecord[] = [];
  readonly cache: SessionCache;
  readonly pool = new ArrayPool();
  /** Computed values that no tensor holds any more; graphs that are only recorded may still want them. */
  private readonly released = new Set<Value>();
  /** Whether graphs write into arrays of the pool; not known before the first one. */
  private pooling: boolean | undefined;

  constructor(
    private readonly runtime: Runtime,
    private readonly options: BackendOptions,
  ) {
    this.cache = new SessionCache(options.sessions);
  }

  get synchronous(): boolean {
    return this.runtime.synchronous;
  }

  /** Computes values that have none yet, and all that they need, in one run. */
  compute(values: Value[]): void | Promise<void> {
    const graph = collect(values);
    this.recycle(graph);
    const known = this.cache.get(graph.key);
    if (known) return this.runCompiled(graph, known, false);
    const compiled = this.compile(graph);
    return compiled instanceof Promise
      ? compiled.then((entry) => this.runCompiled(graph, entry, true))
      : this.runCompiled(graph, compiled, true);
  }

  /** Told of a computed value that its last tensor has been disposed of. */
  release(value: Value): void {
    if (this.pooling !== false) this.released.add(value);
  }

  /** All that is recorded and wanted is in the graph, so that what it does not take in will never be wanted again. */
  private recycle(graph: CollectedGraph): void {
    const wanted = new Set(graph.inputs);
    for (const value of this.released) {
      if (wanted.has(value)) continue;
      this.released.delete(value);
      if (value.owners > 0 || !value.data) continue;
      this.pool.give(value.type, value.data);
      value.data = undefined;
    }
  }

  private compile(graph: CollectedGraph): CompiledGraph | Promise<CompiledGraph> {
    const start = performance.now();
    const optimised = optimise(graph);
    const places = new Map(graph.inputs.map((value, i) => [value, i]));
    const inputs = optimised.inputs.map((value) => places.get(value)!);
    const finish = (session: Session): CompiledGraph => {
      const entry = {
        session,
        inputs,
        nodes: optimised.nodes.length,
        compileMilliseconds: performance.now() - start,
        runs: 0,
      };
      this.cache.limit = this.options.sessions;
      this.cache.set(graph.key, entry);
      return entry;
    };
    const fail = (error: unknown): never => {
      throw graphError('compile', error);
    };
    try {
      const session = this.runtime.compile(optimised, this.options, valueBytes(optimised) < ARENA_LIMIT);
      return session instanceof Promise ? session.then(finish, fail) : finish(session);
    } catch (error) {
      return fail(error);
    }
  }

  private runCompiled(graph: CollectedGraph, entry: CompiledGraph, compiled: boolean): void | Promise<void> {
    const start = performance.now();
    const finish = (arrays: HostArray[]) => {
      arrays.forEach((array, i) => {
        const value = graph.outputs[i];
        value.data = array;
        value.node = undefined;
      });
      entry.runs++;
      this.pool.endRun();
      this.records.push({
        nodes: entry.nodes,
        inputs: entry.inputs.length,
        outputs: graph.outputs.length,
        compiled,
        compileMilliseconds: compiled ? entry.compileMilliseconds : 0,
        runMilliseconds: performance.now() - start,
      });
      if (this.records.length > RECORDS) this.records.shift();
    };
    const fail = (error: unknown): never => {
      throw graphError('run', error);
    };
    try {
      this.pooling = entry.session.writesInto;
      const into = this.pooling
        ? graph.outputs.map(({ type, shape }) => ({ shape, array: this.pool.take(type, sizeOf(shape)) }))
        : undefined;
      const arrays = entry.session.run(
        entry.inputs.map((i) => graph.inputs[i]),
        into,
      );
      return arrays instanceof Promise ? arrays.then(finish, fail) : finish(arrays);
    } catch (error) {
      return fail(error);
    }
  }
}

/** The runtime's message, with the tfjs kernel that recorded the operator it names. */
function graphError(stage: string, error: unknown): GraphError {
  const message = error instanceof Error ? error.message : String(error);
  const kernel = /([A-Za-z0-9]+)#\d+\/\w+/.exec(message)?.[1];
  const where = kernel ? `recorded by the kernel ${kernel}` : 'of recorded kernels';
  return new GraphError(
    `the graph ${where} did not ${stage}: ${message.split('\n')[0]} (configure({ debug: true }) runs every kernel at once, and so names the call)`,
    { cause: error },
  );
}
