import sharp from 'sharp';
import { expect, it } from 'vitest';
import { contactSheet } from './contact-sheet.ts';

const plain = (red: number, side = 4) => ({
  width: side,
  height: side,
  data: new Uint8Array(side * side * 3).map((_, i) => (i % 3 === 0 ? red : 0)),
});

it('draws a row of tiles for each cluster, at most as many as there are columns', async () => {
  const png = await contactSheet({
    rows: [[plain(255), plain(128), plain(64)], [], [plain(32)]],
    tile: 8,
    columns: 2,
  });
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([2 + 2 * 10, 2 + 3 * 10]);
  const red = (column: number, row: number) => {
    const [x, y] = [2 + column * 10 + 4, 2 + row * 10 + 4];
    const at = (y * info.width + x) * info.channels;
    return [...data.subarray(at, at + 3)];
  };
  expect(red(0, 0)).toEqual([255, 0, 0]);
  expect(red(1, 0)).toEqual([128, 0, 0]);
  expect(red(0, 1)).toEqual([255, 255, 255]);
  expect(red(0, 2)).toEqual([32, 0, 0]);
});
