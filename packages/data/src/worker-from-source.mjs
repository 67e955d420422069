// What a worker thread runs where the package itself runs from TypeScript sources: `worker.ts`, bundled in memory.
// Loading the sources one by one through tsx would take seconds a thread.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const entry = fileURLToPath(new URL('./worker.ts', import.meta.url));
const { outputFiles } = buildSync({
  entryPoints: [entry],
  bundle: true,
  write: false,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  conditions: ['@excb/source'],
  external: ['sharp', 'piscina'],
});
const module = { exports: {} };
new Function('module', 'exports', 'require', outputFiles[0].text)(
  module,
  module.exports,
  createRequire(entry),
);

export const { views, images, statistics, icons } = module.exports;
