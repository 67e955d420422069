import { defineConfig, type Options } from 'tsup';

/** How every package is built: ESM, CommonJS and types, one file each per entry point. */
export function packageBuild(entry: string[], options: Options = {}) {
  return defineConfig({
    entry,
    format: ['esm', 'cjs'],
    dts: true,
    clean: true,
    shims: true,
    target: 'node20',
    sourcemap: true,
    ...options,
  });
}
