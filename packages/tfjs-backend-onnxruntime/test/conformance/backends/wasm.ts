import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import type { BackendUnderTest } from '../backend-under-test.ts';

const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json');
setWasmPaths(join(dirname(entry), 'wasm-out/'));

export const backend: BackendUnderTest = {
  name: 'wasm',
  isDataSync: true,
  fallbacks: () => new Map(),
};
