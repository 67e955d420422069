import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RgbImage } from '@excb/augment';
import sharp, { type Sharp } from 'sharp';
import { onTestFinished } from 'vitest';

/** A folder that is removed after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'excb-data-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files by their path inside the folder. */
export async function writeFiles(
  folder: string,
  files: Record<string, Uint8Array | string>,
): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  return folder;
}

/** A picture that differs in every pixel and with every `seed`. */
export function pattern(width: number, height: number, seed = 0): RgbImage {
  const data = Uint8Array.from(
    { length: width * height * 3 },
    (_, i) => (i * 7 + ((i * i) >> 5) + seed * 53) & 255,
  );
  return { width, height, data };
}

/** A sharp pipeline over an image. */
export function encoder({ width, height, data }: RgbImage): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** A PNG of `pattern`: decodes to exactly its pixels. */
export function png(seed: number, width = 20, height = 16): Promise<Buffer> {
  return encoder(pattern(width, height, seed))
    .png()
    .toBuffer();
}

/** A folder of `count` PNGs, 00.png, 01.png, … */
export async function folderOf(count: number): Promise<string> {
  const folder = await temporaryFolder();
  for (let i = 0; i < count; i++) {
    await writeFiles(folder, { [`${String(i).padStart(2, '0')}.png`]: await png(i) });
  }
  return folder;
}
