import '@tensorflow/tfjs-backend-cpu';
import type { BackendUnderTest } from '../backend-under-test.ts';

export const backend: BackendUnderTest = {
  name: 'cpu',
  isDataSync: true,
  fallbacks: () => new Map(),
};
