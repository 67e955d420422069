import { configDefaults, defineConfig } from 'vitest/config';

const conditions = ['@excb/source', 'node', 'import', 'module', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: [
      'packages/*/{src,test}/**/*.test.ts',
      'examples/*/{src,test}/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    exclude: [...configDefaults.exclude, 'test/browser/**', 'packages/*/test/webgpu/**'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: process.env.EXCB_TEST_REPORT ? ['default', 'json'] : ['default'],
    outputFile: process.env.EXCB_TEST_REPORT ? { json: process.env.EXCB_TEST_REPORT } : undefined,
  },
});
