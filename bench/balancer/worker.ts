import { createInterface } from 'node:readline';
import { type Contender, contenders } from './contenders.ts';
import { growthDuring } from './memory.ts';
import type { Reply, Turn, Work } from './protocol.ts';

// The process of the contenders in JavaScript, see `protocol.ts`.

const work = JSON.parse(process.argv[2]) as Work;
const answer = (message: object) => console.log(JSON.stringify(message));

/** Similarities as of random directions, the same in every process. */
function similarities(length: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return 0.6 * (state / 2 ** 32) - 0.3;
  });
}

const { rows, clusters } = work;
const z = new Float32Array(rows * clusters);
z.set(similarities(Math.min(z.length, 1 << 20)));
for (let filled = 1 << 20; filled < z.length; filled *= 2)
  z.copyWithin(filled, 0, Math.min(filled, z.length - filled));
const targets = new Float32Array(z.length).fill(1);
const running = new Map<string, Contender>();
let last: string | undefined;

async function run({ name, steps }: Turn): Promise<Reply> {
  let extraBytes: number | undefined;
  let contender = running.get(name);
  if (!contender) {
    const started = await contenders[name]({ rows, clusters, similarities: z, targets });
    contender = started;
    running.set(name, started);
    if (started.warmUp) {
      await started.warmUp();
      // What starting has thrown away is not the step's.
      globalThis.gc?.();
      extraBytes = await growthDuring(started.step);
    }
  }
  // What the last contender has thrown away is not this one's work.
  if (last !== name) globalThis.gc?.();
  last = name;
  await contender.step();
  const seconds: number[] = [];
  for (let i = 0; i < steps; i++) {
    const before = performance.now();
    await contender.step();
    seconds.push((performance.now() - before) / 1000);
  }
  return { seconds, extraBytes };
}

answer({});
for await (const line of createInterface({ input: process.stdin })) {
  const turn = JSON.parse(line) as Turn;
  try {
    answer(await run(turn));
  } catch (error) {
    answer({ error: `${(error as Error).name}: ${(error as Error).message}` });
  }
}
process.exit();
