import { GraphError } from './errors.ts';
import { type CollectedGraph, collect } from './graph/collect.ts';
import { type Graph, type HostArray, sizeOf, type Value } from './graph/graph.ts';
import { writeOnnx } from './graph/onnx-writer.ts';
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
 * Above this many bytes of values in a graph, no arena. An arena makes a step of small tensors a fifth faster, but it
 * never gives anything back: the ResNet-50 step at 224 pixels would keep 6.7 GB instead of 2.6.
 */
const ARENA_LIMIT = 4e9;

function valueBytes({ nodes }: Graph): number {
  let elements = 0;
  for (const { outputs } of nodes) for (const { shape } of outputs) elements += sizeOf(shape);
  return 4 * elements;
}

/** Turns values into numbers: one graph, compiled once for its structure. */
export class Evaluator {
  readonly records: RunRecord[] = [];
  readonly cache: SessionCache;

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
    const known = this.cache.get(graph.key);
    if (known) return this.runCompiled(graph, known, false);
    const compiled = this.compile(graph);
    return compiled instanceof Promise
      ? compiled.then((entry) => this.runCompiled(graph, entry, true))
      : this.runCompiled(graph, compiled, true);
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
      const session = this.runtime.compile(
        writeOnnx(optimised),
        this.options,
        graph.outputs.length,
        valueBytes(optimised) < ARENA_LIMIT,
      );
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
      const arrays = entry.session.run(entry.inputs.map((i) => graph.inputs[i]));
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
