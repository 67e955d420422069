import { createKernelArrays, hostBackend } from '@excb/tensor';
import { createThreadedHost } from '@excb/tensor/threads';
import { assignWith } from '../../../packages/tensor/src/host-assign.ts';
import { sharedAssignKernel } from '../../../packages/tensor/src/shared-assign-kernel.generated.ts';
import { startThread } from '../../../packages/tensor/src/start-thread.ts';
import { ThreadedAssign } from '../../../packages/tensor/src/threaded-assign.ts';
import { compile } from '../../../packages/tensor/src/web-assembly.ts';
import { watch } from '../../../packages/tensor/test/watched-thread.ts';

/** What a page can say of a thread that shared the rows with it. */
export interface Together {
  /** Tiles that the thread has done. */
  done: number;
  /** Targets that are not, bit for bit, those of one thread. */
  different: number;
}

/** Assigns rows on the page's thread and one more, which has started by then. */
export async function assignTogether(rows: number, clusters: number, direct: boolean): Promise<Together> {
  const watched = watch(startThread());
  const assign = new ThreadedAssign(compile(sharedAssignKernel), [watched.thread]);
  const length = rows * clusters;
  const { similarities, targets } = direct
    ? createKernelArrays({ rows, clusters, shared: true })
    : { similarities: new Float32Array(length), targets: new Float32Array(length) };
  for (let i = 0; i < length; i++) similarities[i] = (Math.imul(i + 1, 2654435761) >>> 0) / 2 ** 31 - 1;
  const z = { data: similarities, shape: [rows, clusters] };
  const run = () => assignWith(assign.fill)(z, { temperature: 0.04, into: targets });
  run();
  while (!watched.isReady()) await new Promise((resolve) => setTimeout(resolve, 5));
  const before = watched.done();
  run();
  const done = watched.done() - before;
  assign.end();
  const expected = hostBackend().fused!.assign!(z, { temperature: 0.04 }).targets.data;
  return { done, different: targets.filter((target, i) => target !== expected[i]).length };
}

/** What `createThreadedHost` says on this page; nothing where it works. */
export function complaint(): string {
  try {
    createThreadedHost({ threads: 2 }).dispose();
    return '';
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}
