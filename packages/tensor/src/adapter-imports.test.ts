import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it.each([
  ['tfjs-backend.ts', '@tensorflow/tfjs-core'],
  ['jax-backend.ts', '@jax-js/jax'],
])('%s imports nothing of %s at run time', (file, library) => {
  const source = readFileSync(new URL(file, import.meta.url), 'utf8');
  const imports = source
    .split('\n')
    .filter((line) => /^import\b|\bimport\(/.test(line) && line.includes(library));
  expect(imports).toEqual([expect.stringMatching(/^import type /)]);
});
