import type { Setup } from './assign-slots.ts';
import { assignWorker } from './assign-worker.generated.ts';

/** A thread that runs `assign-worker.ts`. */
export interface Thread {
  send(setup: Setup): void;
  end(): void;
}

interface AnyWorker {
  postMessage(message: unknown): void;
  terminate(): unknown;
}

interface NodeWorker extends AnyWorker {
  unref(): void;
  on(event: 'error', listener: (error: Error) => void): void;
}

interface Scope {
  process?: {
    getBuiltinModule?(name: string): {
      Worker: new (
        program: string,
        options: { eval: boolean; execArgv: string[]; name: string },
      ) => NodeWorker;
    };
  };
  Worker?: new (url: string, options: { name: string }) => AnyWorker;
  Blob: new (parts: string[], options: { type: string }) => object;
  URL: { createObjectURL(blob: object): string; revokeObjectURL(url: string): void };
}

const scope = globalThis as unknown as Scope;
const NAME = 'excb-assign';

/** In Node it does not keep the program from ending. @throws where there are no workers */
export function startThread(): Thread {
  const node = scope.process?.getBuiltinModule?.('node:worker_threads');
  let worker: AnyWorker;
  if (node) {
    const own = new node.Worker(assignWorker, { eval: true, execArgv: [], name: NAME });
    own.unref();
    own.on('error', () => {}); // a thread that is not ready gets no work
    worker = own;
  } else {
    const url = scope.URL.createObjectURL(new scope.Blob([assignWorker], { type: 'text/javascript' }));
    worker = new scope.Worker!(url, { name: NAME });
    // The address has been read by then.
    setTimeout(() => scope.URL.revokeObjectURL(url), 60_000);
  }
  return {
    send: (setup) => worker.postMessage(setup),
    end: () => void worker.terminate(),
  };
}
