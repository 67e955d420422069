import { availableParallelism } from 'node:os';
import { OptionError } from '@excb/augment';
import { Piscina } from 'piscina';
import { type RenderJob, type RenderResult, renderIcons } from './emoji/render-icons.ts';
import { WorkerError } from './errors.ts';
import { type ImageJob, type ImageResult, makeImages } from './image-job.ts';
import { type StatisticsJob, type StatisticsResult, sumPixels } from './statistics-job.ts';
import { makeViews, type ViewJob, type ViewResult } from './view-job.ts';

/** Kinds of jobs, by the name of the function that runs them in `worker.ts`. */
interface Jobs {
  views: { job: ViewJob; result: ViewResult };
  images: { job: ImageJob; result: ImageResult };
  statistics: { job: StatisticsJob; result: StatisticsResult };
  icons: { job: RenderJob; result: RenderResult };
}

type Runner = { [Kind in keyof Jobs]: (job: Jobs[Kind]['job']) => Promise<Jobs[Kind]['result']> };

/** Threads that run jobs. */
export interface WorkerPool {
  /** Number of threads; 0: jobs run where they are asked for. */
  readonly workers: number;
  /** @throws WorkerError when a thread fails; without threads, the error itself */
  run<Kind extends keyof Jobs>(kind: Kind, job: Jobs[Kind]['job']): Promise<Jobs[Kind]['result']>;
  /** Ends the threads. Jobs under way are rejected, and so is every later one. */
  close(): Promise<void>;
}

/** One thread is left to the main thread. */
export function defaultWorkers(): number {
  return Math.max(1, availableParallelism() - 1);
}

/**
 * A pool of threads; they start with the first job.
 *
 * @throws OptionError when `workers` is not a whole number from 0 on
 */
export function workerPool(workers = defaultWorkers()): WorkerPool {
  if (!Number.isSafeInteger(workers) || workers < 0) {
    throw new OptionError(
      'workers',
      `workers is ${workers}, expected a whole number of threads; 0 runs everything in the calling thread`,
    );
  }
  if (workers === 0) {
    const here: Runner = { views: makeViews, images: makeImages, statistics: sumPixels, icons: renderIcons };
    return { workers, run: async (kind, job) => here[kind](job), close: async () => {} };
  }
  let threads: ReturnType<typeof startThreads> | undefined;
  let closed = false;
  return {
    workers,
    async run(kind, job) {
      // Piscina would start threads anew.
      if (closed) throw new WorkerError('the pool is closed');
      threads ??= startThreads(workers);
      try {
        return await threads.run(job, kind);
      } catch (error) {
        throw new WorkerError(error);
      }
    },
    async close() {
      closed = true;
      await threads?.pool.destroy();
    },
  };
}

function startThreads(workers: number) {
  const pool = new Piscina({
    ...workerFile(import.meta.url),
    minThreads: workers,
    maxThreads: workers,
    idleTimeout: Number.POSITIVE_INFINITY,
    maxQueue: Number.POSITIVE_INFINITY,
    recordTiming: false,
  });
  // A thread that dies while it starts leaves the jobs that wait for it unanswered. A race with one promise of that
  // death would keep every result for as long as nothing dies.
  const waiting = new Set<(error: unknown) => void>();
  let death: { error: unknown } | undefined;
  pool.on('error', (error) => {
    death = { error };
    for (const reject of waiting) reject(error);
  });
  const run = <Result>(job: unknown, name: string): Promise<Result> =>
    new Promise<Result>((resolve, reject) => {
      if (death) return reject(death.error);
      waiting.add(reject);
      const done = () => waiting.delete(reject);
      pool.run(job, { name }).then(resolve, reject).finally(done);
    });
  return { pool, run };
}

/** The file that threads run lies beside this one: built as ESM or as CommonJS, or made from the source. */
function workerFile(here: string): { filename: string; execArgv?: string[] } {
  // Conditions and loaders of the main thread would change what the bundled source loads.
  if (here.endsWith('.ts')) return { filename: new URL('./worker-from-source.mjs', here).href, execArgv: [] };
  return { filename: new URL(here.endsWith('.cjs') ? './worker.cjs' : './worker.js', here).href };
}
