import { createRequire } from 'node:module';

/** One engine: a tfjs backend and how to get it. */
export interface Engine {
  /** What users call it. */
  name: string;
  /** The tfjs backend that it registers. */
  backend: string;
  /** What it is good for, in a few words. */
  use: string;
  /** Registers the backend with tfjs. Rejects where its package is missing or does not load. */
  load(): Promise<unknown>;
  /** What to do where `load` rejects. */
  remedy: string;
  /** Whether `auto` may choose it. */
  automatic: boolean;
}

/** A package that is not among this one's dependencies: looked up where the program runs, then beside this file. */
async function optionalPackage(name: string): Promise<unknown> {
  const roots = [`${process.cwd()}/package.json`, import.meta.url];
  for (const root of roots) {
    let path: string;
    try {
      path = createRequire(root).resolve(name);
    } catch {
      continue;
    }
    return createRequire(root)(path);
  }
  throw new Error(`the package ${name} is not installed`);
}

async function firstOf(names: string[]): Promise<unknown> {
  let failure: unknown;
  for (const name of names) {
    try {
      return await optionalPackage(name);
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

/** Fastest first: `auto` takes the first that loads. Another engine is one more entry. */
export const ENGINES: readonly Engine[] = [
  {
    name: 'wasm',
    backend: 'wasm',
    use: 'WebAssembly with SIMD, on one core; needs nothing installed',
    load: () => import('@tensorflow/tfjs-backend-wasm'),
    remedy: 'install @tensorflow/tfjs-backend-wasm',
    automatic: true,
  },
  {
    name: 'tensorflow',
    backend: 'tensorflow',
    use: 'TensorFlow in native code, on CPU or NVIDIA GPU',
    load: () => firstOf(['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']),
    remedy: 'install @tensorflow/tfjs-node (CPU) or @tensorflow/tfjs-node-gpu (NVIDIA GPU)',
    automatic: false,
  },
  {
    name: 'cpu',
    backend: 'cpu',
    use: 'plain JavaScript: the reference for tests, slow',
    load: () => import('@tensorflow/tfjs-backend-cpu'),
    remedy: 'install @tensorflow/tfjs-backend-cpu',
    automatic: true,
  },
];
