import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const LIMIT = 10_000;

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
    size: gzipSync(result.outputFiles[0].contents).length,
    files: Object.keys(result.metafile.inputs),
  };
}

it('is under 10 kB gzipped with everything it needs, and needs only @excb/tensor', async () => {
  const { size, files } = await bundle(
    `import { createBalancer } from '@excb/balancer'; console.log(createBalancer);`,
  );
  expect(size).toBeGreaterThan(500);
  expect(size).toBeLessThan(LIMIT);
  const packages = files.map((file) => /(?:packages|node_modules)\/(.*?)\/src/.exec(file)?.[1] ?? file);
  expect([...new Set(packages)].sort()).toEqual(['<stdin>', 'balancer', 'tensor']);
  if (process.env.EXCB_SHOW_SIZE) console.log(`createBalancer: ${size} bytes gzipped`);
});
