import { openEmoji } from '@excb/data';
import sharp from 'sharp';

const tile = 32;
const columns = 64;
const rows = 48;

/** 3,072 emoji, evenly from all sets, as one PNG of 64 × 48 tiles. */
export async function drawSheet(): Promise<Buffer> {
  const { images } = await openEmoji({ size: tile });
  const width = columns * tile * 3;
  const sheet = Buffer.alloc(width * rows * tile);
  for (let place = 0; place < columns * rows; place++) {
    const reference = images.reference(Math.floor((place * images.length) / (columns * rows)));
    if (reference.kind !== 'pixels')
      throw new Error(`the emoji set gave a ${reference.kind}, expected pixels`);
    const left = (place % columns) * tile * 3;
    const top = Math.floor(place / columns) * tile;
    for (let y = 0; y < tile; y++) {
      sheet.set(reference.image.data.subarray(y * tile * 3, (y + 1) * tile * 3), (top + y) * width + left);
    }
  }
  return sharp(sheet, { raw: { width: columns * tile, height: rows * tile, channels: 3 } })
    .png()
    .toBuffer();
}
