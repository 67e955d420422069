import type { Device } from './device.ts';
import { onnxruntimeEngine } from './onnxruntime-engine.ts';
import { tensorflowEngine } from './tensorflow-engine.ts';

/** One engine: a tfjs backend and how to get it. */
export interface Engine {
  /** What users call it. */
  name: string;
  /** The tfjs backend that it registers. */
  backend: string;
  /** The devices that it runs on, and what it is good for there, in a few words. */
  uses: Readonly<{ cpu: string } & Partial<Record<Device, string>>>;
  /** Registers the backend with tfjs. Rejects where its package is missing or does not load, or the device not work. */
  load(device: Device): Promise<unknown>;
  /** Makes the device the one that the backend computes on, for engines that have several. Called after `load`. */
  select?(device: Device): Promise<void>;
  /** What to do where `load` rejects; empty where its error says that. */
  remedy: string;
  /** Whether `auto` may choose it. */
  automatic: boolean;
}

/** Fastest first: `auto` takes the first that loads. Another engine is one more entry. */
export const ENGINES: readonly Engine[] = [
  onnxruntimeEngine,
  {
    name: 'wasm',
    backend: 'wasm',
    uses: { cpu: 'WebAssembly with SIMD, on one core; needs nothing installed' },
    load: () => import('@tensorflow/tfjs-backend-wasm'),
    remedy: 'install @tensorflow/tfjs-backend-wasm',
    automatic: true,
  },
  tensorflowEngine(),
  {
    name: 'cpu',
    backend: 'cpu',
    uses: { cpu: 'plain JavaScript: the reference for tests, slow' },
    load: () => import('@tensorflow/tfjs-backend-cpu'),
    remedy: 'install @tensorflow/tfjs-backend-cpu',
    automatic: true,
  },
];
