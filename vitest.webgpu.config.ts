import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.config.ts';

const folder = 'packages/tfjs-backend-onnxruntime/test/webgpu';

/** `npm run test:webgpu`: the tests that compute on a GPU, by default on Chromium's in software. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [], exclude: [] } },
  defineConfig({
    test: {
      include: [`${folder}/**/*.test.ts`],
      globalSetup: `${folder}/gpu-in-software.ts`,
      fileParallelism: false,
      // Every graph of a new shape compiles its shaders, which takes a processor a while.
      testTimeout: 300_000,
    },
  }),
);
