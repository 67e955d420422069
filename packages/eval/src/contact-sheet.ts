import type { RgbImage } from '@excb/data';

/** Options of {@link contactSheet}. */
export interface ContactSheetOptions {
  /** Images of each row, best first. */
  rows: readonly (readonly RgbImage[])[];
  /** Side of a tile in pixels. */
  tile?: number;
  /** Images of a row at most. */
  columns?: number;
}

/** Space between tiles in pixels. */
const GAP = 2;

/**
 * A picture with a row of images for each cluster, as PNG bytes. Images are scaled to the tile, whole; empty
 * rows stay white.
 */
export async function contactSheet(options: ContactSheetOptions): Promise<Uint8Array> {
  // Loaded here, so that k-NN alone needs no native code.
  const { default: sharp } = await import('sharp');
  const { rows, tile = 48, columns = 24 } = options;
  const cell = tile + GAP;
  const tiles = rows.flatMap((images, row) =>
    images.slice(0, columns).map(async ({ data, width, height }, column) => ({
      input: await sharp(Buffer.from(data), { raw: { width, height, channels: 3 } })
        .resize(tile, tile, { fit: 'contain', background: 'white' })
        .png()
        .toBuffer(),
      left: GAP + column * cell,
      top: GAP + row * cell,
    })),
  );
  const sheet = sharp({
    create: {
      width: GAP + columns * cell,
      height: GAP + Math.max(1, rows.length) * cell,
      channels: 3,
      background: 'white',
    },
  });
  return sheet
    .composite(await Promise.all(tiles))
    .png()
    .toBuffer();
}
