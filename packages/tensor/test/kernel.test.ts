import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileKernel, generatedFiles } from '../../../scripts/assign-kernel.ts';

/** A browser compiles no more than this on the main thread without waiting. */
const LIMIT = 4096;

describe('generated files', () => {
  it('are what npm run kernel makes', async () => {
    for (const { path, text } of await generatedFiles()) {
      expect(readFileSync(path, 'utf8') === text, `${path} is not up to date: npm run kernel`).toBe(true);
    }
  });

  it.each([false, true])(
    'hold a kernel that a browser compiles at once, shared memory %s',
    async (shared) => {
      const bytes = await compileKernel({ shared });
      expect(bytes.length).toBeGreaterThan(8);
      expect(bytes.length).toBeLessThan(LIMIT);
    },
  );
});
