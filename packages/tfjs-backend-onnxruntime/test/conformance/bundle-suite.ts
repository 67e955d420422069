import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const packageRoot = fileURLToPath(new URL('../..', import.meta.url));

export interface SuiteBundle {
  file: string;
  remove(): void;
}

/**
 * Bundles tfjs-core's specs with one backend and one copy of tfjs-core between them.
 *
 * @param sourcemap whether stacks lead to the sources, which takes some seconds more
 * @throws Error where a second copy of tfjs-core got in: its kernels and its engine would be other ones
 */
export async function bundleSuite(backend: string, sourcemap: boolean): Promise<SuiteBundle> {
  // Inside the package, so that what stays outside the bundle is found from it.
  const cache = join(packageRoot, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'conformance-'));
  const file = join(folder, 'suite.mjs');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const { metafile } = await build({
      stdin: {
        contents: `export { backend } from './backends/${backend}.ts'; export * from './suite.ts';`,
        resolveDir: here,
      },
      outfile: file,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      conditions: ['@excb/source'],
      // tfjs's `main` files are bundles of their own, each a copy of the files that the specs import.
      mainFields: ['module', 'main'],
      // tfjs-core calls its spec files free of side effects.
      ignoreAnnotations: true,
      external: ['onnxruntime-node'],
      banner: {
        js: [
          `import { createRequire as excbCreateRequire } from 'node:module';`,
          `const require = excbCreateRequire(import.meta.url);`,
          `const __filename = import.meta.filename, __dirname = import.meta.dirname;`,
        ].join('\n'),
      },
      sourcemap,
      metafile: true,
      logLevel: 'warning',
    });
    const engines = Object.keys(metafile.inputs).filter((path) =>
      /tfjs-core\/dist\/(engine|tf-core[^/]*)\.js$/.test(path),
    );
    if (engines.length !== 1) {
      throw new Error(`the bundle must hold tfjs-core once, but it holds: ${engines.join(', ') || 'none'}`);
    }
    return { file, remove };
  } catch (error) {
    remove();
    throw error;
  }
}
