import { hostBackend } from '@excb/tensor';
import { conformanceSuite } from '@excb/tensor/conformance';
import { tfjsBackend } from '@excb/tensor/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';

const suites = {
  host: () => collect((runner) => conformanceSuite(() => hostBackend(), runner)),
  'tfjs-cpu': () => collect((runner) => conformanceSuite(() => tfjsBackend(tf), runner)),
};

export type SuiteName = keyof typeof suites;

interface Runner {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => void | Promise<void>): void;
}

/** The names of the suite's tests, in order. */
export function testNames(suite: SuiteName): string[] {
  return [...suites[suite]().keys()];
}

/** Runs one test; hands back what it threw, or undefined where it passed. */
export async function runTest(suite: SuiteName, name: string): Promise<string | undefined> {
  if (suite === 'tfjs-cpu') await tf.setBackend('cpu');
  const body = suites[suite]().get(name);
  if (!body) return `the suite has no test named ${name}`;
  try {
    await body();
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

function collect(suite: (runner: Runner) => void): Map<string, () => void | Promise<void>> {
  const tests = new Map<string, () => void | Promise<void>>();
  const path: string[] = [];
  suite({
    describe(name, body) {
      path.push(name);
      body();
      path.pop();
    },
    it(name, body) {
      const title = [...path, name].join(' > ');
      if (tests.has(title)) throw new Error(`two tests are named ${title}`);
      tests.set(title, body);
    },
  });
  return tests;
}
