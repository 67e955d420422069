/** Images a second of a training step, by engine and of PyTorch. See README.md. */
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { checkSameWork, formatCheck } from './train-step/check.ts';
import { PYTORCH } from './train-step/contenders.ts';
import { measure } from './train-step/measure.ts';
import { formatReport, makeReport } from './train-step/report.ts';
import { formatSteady, measureSteady } from './train-step/steady.ts';
import { findWork, workNames } from './train-step/works.ts';

const USAGE = `usage: npm run bench:train-step -- --work <${workNames.join(' | ')}>
  --engines a,b   engines, by turns; default onnxruntime, and wasm where it ends in time
  --no-pytorch    without PyTorch
  --python path   Python that has PyTorch; default python3
  --rounds n      turns of everyone, default 5
  --steps n       steps a turn, default 3
  --threads n     of PyTorch and onnxruntime; default as many as the machine has cores
  --json          one line of JSON
  --steady        200 steps on the first engine: resident memory at steps 50 to 200
  --check         losses of the first steps from the same weights and views: do all do the same work?`;

const { values } = parseArgs({
  allowNegative: true,
  options: {
    work: { type: 'string' },
    engines: { type: 'string' },
    pytorch: { type: 'boolean', default: true },
    python: { type: 'string', default: 'python3' },
    rounds: { type: 'string', default: '5' },
    steps: { type: 'string', default: '3' },
    threads: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'boolean', default: false },
    steady: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function count(name: 'rounds' | 'steps' | 'threads'): number {
  const value = Number(values[name]);
  if (!Number.isInteger(value) || value < 1) {
    throw new Error(`--${name} is ${values[name]}: pass a whole number of at least 1`);
  }
  return value;
}

function print<T>(report: T, format: (report: T) => string): void {
  console.log(values.json ? JSON.stringify(report) : format(report));
}

async function run(work: string): Promise<void> {
  const { config, engines: usual } = findWork(work);
  const engines = values.engines?.split(',').filter(Boolean) ?? usual;
  const [rounds, steps, threads] = [count('rounds'), count('steps'), count('threads')];
  const options = { config, threads, python: values.python };
  const names = values.pytorch ? [...engines, PYTORCH] : engines;
  if (values.steady) return print(await measureSteady(work, names[0], options), formatSteady);
  if (values.check) {
    const report = await checkSameWork(work, names, steps, options);
    if (!report.same) process.exitCode = 1;
    return print(report, formatCheck);
  }
  const loadBefore = Number(loadavg()[0].toFixed(2));
  const outcomes = await measure(names, { ...options, rounds, steps });
  const frame = { work, batch: config.batch, threads, rounds, steps, loadBefore };
  print(makeReport(frame, outcomes), formatReport);
}

if (values.help || !values.work) {
  console.log(USAGE);
  if (!values.help) process.exitCode = 1;
} else {
  try {
    await run(values.work);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
