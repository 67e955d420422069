import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the golden files are read from: `EXCB_GOLDEN_DIR` when it is set, else this package's fixtures. */
export const goldenDirectory =
  process.env.EXCB_GOLDEN_DIR || fileURLToPath(new URL('../fixtures', import.meta.url));

/** The contents of a golden file: every file has its own schema, stated in its `about`. */
// biome-ignore lint/suspicious/noExplicitAny: the schemas differ and are checked by the tests that read them.
export type Golden = any;

/**
 * The parsed contents of `<name>.json`. The caller names the shape it reads; the file's own `about` says what
 * every entry is.
 *
 * @throws when the file is missing: a golden set must be whole.
 */
export function golden<T = Golden>(name: string): T {
  return JSON.parse(readFileSync(join(goldenDirectory, `${name}.json`), 'utf8')) as T;
}
