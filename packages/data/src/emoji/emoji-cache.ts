import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { EmojiImages } from './emoji-images.ts';

/** Raise it with every change of what is drawn, dropped or written to the cache. */
const FORMAT = 1;

/** Everything the drawn set depends on. */
export interface CacheKey {
  /** Version of every package, by set. */
  packages: Record<string, string>;
  /** Versions of sharp and the libraries in it. */
  renderer: Record<string, string>;
  size: number;
}

/**
 * Where drawn images are kept: `node_modules/.cache/excb` of the project that the program runs in, or else the
 * user's cache folder.
 */
export function defaultCacheFolder(from = process.cwd()): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'node_modules'))) return join(folder, 'node_modules', '.cache', 'excb');
    if (dirname(folder) === folder) break;
  }
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env;
  if (process.platform === 'win32' && LOCALAPPDATA) return join(LOCALAPPDATA, 'excb', 'cache');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'excb');
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'excb');
}

/** The file that holds the set of a key. */
export function cacheFile(folder: string, key: CacheKey): string {
  const parts = { format: FORMAT, platform: process.platform, arch: process.arch, ...key };
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
  return join(folder, `emoji-${key.size}-${digest}.gz`);
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Reads a set; undefined where there is none, or where the file is damaged. */
export async function readCache(file: string): Promise<EmojiImages | undefined> {
  try {
    const content = await promisify(gunzip)(await readFile(file));
    const end = content.indexOf(10);
    const { digest, ...set } = JSON.parse(content.toString('utf8', 0, end));
    const bytes = content.subarray(end + 1);
    if (sha256(bytes) !== digest) return undefined;
    const pixels = new Uint8Array(new SharedArrayBuffer(bytes.length));
    pixels.set(bytes);
    return { ...set, pixels };
  } catch {
    return undefined;
  }
}

/** Writes a set as a whole or not at all: a program beside this one never reads half a file. */
export async function writeCache(file: string, { pixels, ...set }: EmojiImages): Promise<void> {
  const header = Buffer.from(`${JSON.stringify({ ...set, digest: sha256(pixels) })}\n`);
  const content = await promisify(gzip)(Buffer.concat([header, pixels]), { level: 3 });
  const unfinished = `${file}.${randomUUID()}`;
  await mkdir(dirname(file), { recursive: true });
  try {
    await writeFile(unfinished, content);
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
