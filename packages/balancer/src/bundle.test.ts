import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { assignKernel } from '../../tensor/src/assign-kernel.generated.ts';

async function bundle(code: string) {
  const result = await build({
    stdin: { contents: code, resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    conditions: ['@excb/source'],
  });
  return {
    code: result.outputFiles[0].text,
    size: gzipSync(result.outputFiles[0].contents).length,
    files: Object.keys(result.metafile.inputs),
  };
}

it.each([
  { path: '@excb/balancer', limit: 10_000, kernel: true },
  { path: '@excb/balancer/plain', limit: 6_000, kernel: false },
])('createBalancer of $path is under $limit bytes gzipped, and needs only @excb/tensor', async (entry) => {
  const { size, files, code } = await bundle(
    `import { createBalancer } from '${entry.path}'; console.log(createBalancer);`,
  );
  expect(size).toBeGreaterThan(500);
  expect(size).toBeLessThan(entry.limit);
  expect(code.includes(assignKernel)).toBe(entry.kernel);
  const packages = files.map((file) => /(?:packages|node_modules)\/(.*?)\/src/.exec(file)?.[1] ?? file);
  expect([...new Set(packages)].sort()).toEqual(['<stdin>', 'balancer', 'tensor']);
  if (process.env.EXCB_SHOW_SIZE) console.log(`createBalancer of ${entry.path}: ${size} bytes gzipped`);
});
