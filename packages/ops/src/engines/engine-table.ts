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

/** Imports the first of some packages that are not among this one's dependencies, and are installed by the user. */
async function firstInstalled(names: string[]): Promise<unknown> {
  for (const name of names) {
    try {
      return await import(name);
    } catch (error) {
      const missing = error instanceof Error && error.message.includes(`'${name}'`);
      if (!missing) throw error;
    }
  }
  throw new Error(`${names.join(' or ')} is not installed`);
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
    load: () => firstInstalled(['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']),
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
