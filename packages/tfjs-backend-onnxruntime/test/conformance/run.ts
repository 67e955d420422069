/**
 * Runs tfjs-core's own specs against a tfjs backend: `npm run test:conformance -- [--backend onnxruntime|cpu|wasm]
 * [--filter text] [--seed 1] [--fallbacks] [--stacks] [--trace] [--noise] [--out report.json]`.
 * `--fallbacks` lists the kernels that ran on tfjs-cpu, `--stacks` shows where failures come from, `--trace` names each
 * spec as it starts, `--noise` lets the specs print.
 * EXCB_ONNXRUNTIME_THREADS sets the threads of the onnxruntime backend, 1 if unset.
 */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleSuite } from './bundle-suite.ts';
import { exceptions } from './exceptions.ts';
import { printVerdict } from './print-verdict.ts';
import { runSpecs } from './run-specs.ts';
import type { Suite } from './suite.ts';
import { testReport } from './test-report.ts';
import { judge } from './verdict.ts';

const BACKENDS = ['onnxruntime', 'cpu', 'wasm'];

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'onnxruntime' },
    filter: { type: 'string' },
    seed: { type: 'string', default: '1' },
    fallbacks: { type: 'boolean', default: false },
    stacks: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
    noise: { type: 'boolean', default: false },
    out: { type: 'string', default: process.env.EXCB_TEST_REPORT },
  },
});
const { backend, filter, fallbacks, stacks, trace, noise, out } = values;
if (!BACKENDS.includes(backend)) {
  throw new Error(`--backend is ${backend}, expected one of ${BACKENDS.join(', ')}`);
}
const seed = Number(values.seed);
if (!Number.isSafeInteger(seed)) throw new Error(`--seed is ${values.seed}, expected a whole number`);

// Until the verdict says otherwise, so that a run that ends early is a failure.
process.exitCode = 1;

const bundle = await bundleSuite(backend, stacks);
if (stacks) process.setSourceMapsEnabled(true);
process.once('exit', bundle.remove);
const restore = noise ? () => {} : muteConsole();
const run = await runSpecs(() => import(pathToFileURL(bundle.file).href) as Promise<Suite>, {
  seed,
  filter,
  stacks,
  trace,
});
restore();

const verdict = judge(run, backend === 'onnxruntime' ? exceptions : {}, filter === undefined);
if (out) writeFileSync(out, JSON.stringify(testReport(run, verdict)));
printVerdict(run, verdict, { fallbacks, stacks });
process.exitCode = verdict.failures.length > 0 || verdict.passed === 0 ? 1 : 0;

/** The specs print warnings and profiles by the hundred. */
function muteConsole(): () => void {
  const methods = ['log', 'info', 'warn', 'error', 'debug'] as const;
  const kept = methods.map((method) => console[method]);
  for (const method of methods) console[method] = () => {};
  return () =>
    methods.forEach((method, i) => {
      console[method] = kept[i];
    });
}
