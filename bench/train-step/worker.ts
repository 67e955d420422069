/** One engine in a process of its own: makes steps when the parent asks for them. See `protocol.ts`. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { type StateDict, stateDict, writeSafetensors } from '@excb/backbones';
import type { ViewBatch } from '@excb/data';
import { startEngine } from '@excb/ops';
import { buildRun, type TrainingRun, train } from '@excb/trainer';
import type { Failure, Ready, Turn, TurnReply, WorkerOptions } from './protocol.ts';
import { syntheticBatches } from './synthetic-batches.ts';

/** Long enough that schedules stand still. */
const STEPS_OF_THE_RUN = 100_000;

const say = (message: Ready | TurnReply | Failure) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** Bytes that the kernel counts for this process: VmRSS now, VmHWM at the peak. */
function memory(field: 'VmRSS' | 'VmHWM'): number {
  try {
    const line = readFileSync('/proc/self/status', 'utf8').match(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm'));
    return 1024 * Number(line![1]);
  } catch {
    return field === 'VmRSS' ? process.memoryUsage.rss() : 1024 * process.resourceUsage().maxRSS;
  }
}

async function writeStart(path: string, run: TrainingRun, batches: ViewBatch[]): Promise<void> {
  const { backbone, head } = run.student;
  const views: StateDict = new Map();
  batches.forEach(({ globals, locals }, i) => {
    views.set(`views.${i}.globals`, { dtype: 'float32', ...globals });
    views.set(`views.${i}.locals`, { dtype: 'float32', ...locals! });
  });
  const weights = [...(await stateDict(backbone, 'backbone.')), ...(await stateDict(head, 'classifier.'))];
  await writeFile(path, writeSafetensors(new Map([...weights, ...views])));
}

async function start(engine: string, threads: number): Promise<void> {
  await startEngine(engine);
  if (engine === 'onnxruntime') {
    const { configure } = await import('@excb/tfjs-backend-onnxruntime');
    configure({ threads });
  }
}

async function work(options: WorkerOptions): Promise<void> {
  await start(options.engine, options.threads);
  const run = buildRun(options.config, STEPS_OF_THE_RUN);
  const batches = syntheticBatches(options.config);
  if (options.writeStart) await writeStart(options.writeStart, run, batches);
  say({ parameters: [...run.student.trainable.values()].reduce((sum, { size }) => sum + size, 0) });

  let losses: number[] = [];
  // The loop of `train` asks for a batch when the step before is done, so a step lasts as long as a yield.
  async function* stepsOnDemand(): AsyncIterable<ViewBatch> {
    let step = 0;
    for await (const line of createInterface({ input: process.stdin })) {
      const { steps } = JSON.parse(line) as Turn;
      const seconds: number[] = [];
      losses = [];
      for (let i = 0; i < steps; i++) {
        const before = performance.now();
        yield batches[step++ % batches.length];
        seconds.push((performance.now() - before) / 1000);
      }
      say({ seconds, losses, resident: memory('VmRSS'), peak: memory('VmHWM') });
    }
  }
  await train(
    run,
    {
      stepsPerEpoch: STEPS_OF_THE_RUN,
      batchSize: options.config.batch,
      skipped: [],
      batches: stepsOnDemand,
      async close() {},
    },
    { onStep: ({ loss }) => void losses.push(loss) },
  );
}

try {
  await work(JSON.parse(process.argv[2]) as WorkerOptions);
  process.exit(0);
} catch (error) {
  say({ error: error instanceof Error ? error.message : String(error) });
  // What was written must leave before the process does.
  process.stdout.write('', () => process.exit(1));
}
