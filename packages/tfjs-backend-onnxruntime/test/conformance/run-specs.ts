import Jasmine, { type JasmineTree, type RunnableResult } from 'jasmine';
import type { Suite } from './suite.ts';

export interface SpecResult {
  /** The full name; of several specs with one name, the second has ` #2` behind it, and so on as they are declared. */
  name: string;
  status: 'passed' | 'failed' | 'pending';
  failures: string[];
  /** Kernels that the spec ran on the backend under test. */
  kernels: number;
  /** How often each kernel ran on tfjs-cpu instead. */
  fallbacks: Map<string, number>;
  milliseconds: number;
}

export interface Run {
  specs: SpecResult[];
  /** Errors outside of any spec, as in what a suite does before and after its specs. */
  errors: string[];
}

export interface RunOptions {
  /** Fixes the order of the specs and, for each, what `Math.random` returns. */
  seed: number;
  /** Only specs with this in their name. */
  filter?: string;
  /** Whether failures come with their stacks. */
  stacks: boolean;
  /** Names each spec before it runs: the last one named is the one that ended the process. */
  trace: boolean;
}

/** Milliseconds a spec may take: the slowest take seconds on a busy machine. */
const TIMEOUT = 60_000;

type Load = () => Promise<Suite>;

/** Runs a bundle of specs under jasmine. The bundle is loaded here, because jasmine must be there before it. */
export async function runSpecs(load: Load, { seed, filter, stacks, trace }: RunOptions): Promise<Run> {
  const jasmine = new Jasmine();
  jasmine.exitOnCompletion = false;
  jasmine.jasmine.DEFAULT_TIMEOUT_INTERVAL = TIMEOUT;
  jasmine.clearReporters();
  jasmine.env.configure({ random: true, seed });

  const suite = await load();
  await suite.declareSpecs(suite.backend);
  const names = uniqueNames(jasmine.env.topSuite());
  if (filter) jasmine.env.configure({ specFilter: ({ id }) => names.get(id)!.includes(filter) });

  const run: Run = { specs: [], errors: [] };
  let kernelsBefore = 0;
  let fallbacksBefore: ReadonlyMap<string, number> = new Map();

  const addErrors = (where: string, { failedExpectations }: Pick<RunnableResult, 'failedExpectations'>) => {
    for (const { message } of failedExpectations) run.errors.push(`${where}: ${message}`);
  };

  jasmine.addReporter({
    specStarted({ id }) {
      if (trace) process.stderr.write(`${names.get(id)}\n`);
      suite.seedMathRandom(seed);
      kernelsBefore = suite.kernelCount();
      fallbacksBefore = suite.backend.fallbacks();
    },
    specDone({ id, status, failedExpectations, duration }) {
      if (status === 'excluded') return;
      run.specs.push({
        name: names.get(id)!,
        status: status === 'passed' || status === 'pending' ? status : 'failed',
        failures: failedExpectations.map(({ message, stack }) => (stacks ? `${message}\n${stack}` : message)),
        kernels: suite.kernelCount() - kernelsBefore,
        fallbacks: difference(suite.backend.fallbacks(), fallbacksBefore),
        milliseconds: duration ?? 0,
      });
    },
    suiteDone: (done) => addErrors(done.fullName, done),
    jasmineDone: (done) => addErrors('outside of all suites', done),
  });
  await jasmine.execute();
  return run;
}

function uniqueNames(top: JasmineTree): Map<string, string> {
  const names = new Map<string, string>();
  const seen = new Map<string, number>();
  const visit = (node: JasmineTree) => {
    if (node.children) return node.children.forEach(visit);
    const name = node.getFullName();
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    names.set(node.id, count === 1 ? name : `${name} #${count}`);
  };
  visit(top);
  return names;
}

function difference(
  after: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, number>,
): Map<string, number> {
  const more = new Map<string, number>();
  for (const [kernel, times] of after) {
    const added = times - (before.get(kernel) ?? 0);
    if (added > 0) more.set(kernel, added);
  }
  return more;
}
