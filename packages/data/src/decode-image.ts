import { readFile } from 'node:fs/promises';
import type { RgbImage } from '@excb/augment';
import sharp from 'sharp';
import type { ImageReference } from './image-source.ts';

/** Failures of the machine, not of the image: they must not count as a broken image. */
const RESOURCE_ERRORS = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

/** Why an image could not be decoded. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

/**
 * Decodes an image to 8-bit sRGB: EXIF orientation applied, embedded colour profiles converted, transparency laid
 * on white, the first frame or page of several. Warnings of a decoder are let pass; truncated data is not.
 *
 * @throws DecodeError when it is missing, unreadable, truncated or no image
 */
export async function decodeImage(reference: ImageReference): Promise<RgbImage> {
  if (reference.kind === 'pixels') return reference.image;
  const bytes = reference.kind === 'file' ? await readBytes(reference.path) : reference.bytes;
  try {
    const { data, info } = await sharp(bytes, { failOn: 'error' })
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`decoded to ${info.channels} channels, expected 3`);
    return { width: info.width, height: info.height, data };
  } catch (error) {
    // A mistake of the program must not pass for a broken image.
    if (error instanceof TypeError || error instanceof ReferenceError) throw error;
    throw new DecodeError(reasonOf(error));
  }
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    if (RESOURCE_ERRORS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw new DecodeError(reasonOf(error));
  }
}

/** The decoder's message in one line. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const lines = message.split('\n').map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== ''))].join('; ');
}
