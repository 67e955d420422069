import { assignWith } from './host-assign.ts';
import { hostBackend } from './host-backend.ts';
import { sharedAssignKernel } from './shared-assign-kernel.generated.ts';
import { startThread, type Thread } from './start-thread.ts';
import type { HostTensor, TensorBackend } from './tensor-backend.ts';
import { ThreadError } from './thread-error.ts';
import { ThreadedAssign } from './threaded-assign.ts';
import { compile } from './web-assembly.ts';

/** The host backend, with threads for `fused.assign`. */
export interface ThreadedHost {
  readonly backend: TensorBackend<HostTensor>;
  /** The caller's thread counted. */
  readonly threads: number;
  /** Ends the threads. The backend goes on with one. */
  dispose(): void;
}

/** What `createThreadedHost` takes. */
export interface ThreadedHostOptions {
  /** How many threads work, the caller's counted: 1 or more. Default: one for each core, but at most 8. */
  threads?: number;
}

const MOST_BY_DEFAULT = 8;

function cores(): number {
  const { navigator, process } = globalThis as {
    navigator?: { hardwareConcurrency?: number };
    process?: { getBuiltinModule?(name: string): { availableParallelism(): number } };
  };
  return process?.getBuiltinModule?.('node:os').availableParallelism() ?? navigator?.hardwareConcurrency ?? 1;
}

/**
 * `hostBackend()` whose `fused.assign` shares the rows out among threads. The results are those of one thread, bit for
 * bit. The call is synchronous: the caller's thread works too, and sleeps until the last row is done. Few rows or clusters
 * stay on the caller's thread, and so does everything until the threads have started. Threads do not keep a program from ending.
 *
 * Arrays of any kind work. Those of `createKernelArrays` with `shared: true` the threads read and write themselves, which
 * is faster and scales to more threads.
 *
 * @throws ThreadError where the number makes no sense, or `SharedArrayBuffer`, workers or WebAssembly's SIMD are missing
 */
export function createThreadedHost({
  threads = Math.min(MOST_BY_DEFAULT, cores()),
}: ThreadedHostOptions = {}): ThreadedHost {
  if (!Number.isInteger(threads) || threads < 1) {
    throw new ThreadError(`threads is ${threads}, but must be a whole number of 1 or more`);
  }
  if (typeof SharedArrayBuffer === 'undefined') {
    throw new ThreadError(
      'there is no SharedArrayBuffer here, which threads need: serve the page with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp, or use hostBackend()',
    );
  }
  const started: Thread[] = [];
  try {
    const module = compile(sharedAssignKernel);
    while (started.length < threads - 1) started.push(startThread());
    const assign = new ThreadedAssign(module, started);
    return {
      backend: { ...hostBackend(), fused: { assign: assignWith(assign.fill) } },
      threads,
      dispose: () => assign.end(),
    };
  } catch (error) {
    for (const thread of started) thread.end();
    throw new ThreadError(`threads cannot be started here: ${(error as Error).message}. Use hostBackend()`, {
      cause: error,
    });
  }
}
