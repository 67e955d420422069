import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { build } from 'esbuild';

const tensor = fileURLToPath(new URL('../packages/tensor', import.meta.url));
const SOURCE = 'assembly/assign-rows.ts';
/** A browser compiles no more than this on the main thread without waiting. */
const LIMIT = 4096;

const options = {
  optimizeLevel: 3,
  noAssert: true,
  runtime: 'stub',
  enable: ['simd', 'threads'],
  importMemory: true,
};
/** A memory that several threads share is imported as such; the most that may be declared, 4 GiB. */
const sharedMemory = { sharedMemory: true, maximumMemory: 65_536 };

/** A file that is made and committed, its place, and what it holds. */
export interface GeneratedFile {
  path: string;
  text: string;
}

/** @throws Error with the compiler's messages, or where the module is too large */
export async function compileKernel({ shared = false } = {}): Promise<Uint8Array> {
  const sources = { [SOURCE]: readFileSync(join(tensor, SOURCE), 'utf8') };
  const { error, stderr, binary } = await asc.compileString(sources, {
    ...options,
    ...(shared ? sharedMemory : {}),
  });
  if (error || !binary) throw new Error(`${SOURCE} does not compile:\n${stderr}`);
  const bytes = new Uint8Array(binary);
  if (bytes.length >= LIMIT) {
    throw new Error(`${SOURCE} became ${bytes.length} bytes, but must stay under ${LIMIT}`);
  }
  return bytes;
}

/** The program of the threads, as one string: it runs wherever a worker does, bundled or not. */
async function bundleWorker(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(tensor, 'src/assign-worker.ts')],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    conditions: ['@excb/source'],
  });
  return outputFiles[0].text.trim();
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const quoted = (text: string) =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;

function constant(name: string, comment: string, value: string): string {
  return `// Made by \`npm run kernel\`.\n\n/** ${comment} */\nexport const ${name} =\n  ${quoted(value)};\n`;
}

/** All files that `npm run kernel` writes. */
export async function generatedFiles(): Promise<GeneratedFile[]> {
  const path = (name: string) => join(tensor, 'src', `${name}.generated.ts`);
  return [
    {
      path: path('assign-kernel'),
      text: constant('assignKernel', `\`${SOURCE}\`, in base64.`, base64(await compileKernel())),
    },
    {
      path: path('shared-assign-kernel'),
      text: constant(
        'sharedAssignKernel',
        `\`${SOURCE}\` for a memory that threads share, in base64.`,
        base64(await compileKernel({ shared: true })),
      ),
    },
    {
      path: path('assign-worker'),
      text: constant('assignWorker', '`assign-worker.ts` as a program of its own.', await bundleWorker()),
    },
  ];
}
