import { join } from 'node:path';
import type { RgbImage } from '@excb/augment';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { encoder, pattern, temporaryFolder } from '../test/sample-images.ts';
import { DecodeError, decodeImage } from './decode-image.ts';

const decode = (bytes: Uint8Array) => decodeImage({ kind: 'encoded', bytes });
const pixel = ({ width, data }: RgbImage, x: number, y: number) =>
  Array.from(data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3));

/** Every value within `within` of the expected one. */
function expectPixels(image: RgbImage, expected: RgbImage, within: number): void {
  expect([image.width, image.height]).toEqual([expected.width, expected.height]);
  expect(image.data.length).toBe(expected.data.length);
  const worst = expected.data.reduce((most, value, i) => Math.max(most, Math.abs(value - image.data[i])), 0);
  expect(worst).toBeLessThanOrEqual(within);
}

/** A picture of one colour. */
function plain(red: number, green: number, blue: number, width = 16, height = 16): RgbImage {
  return {
    width,
    height,
    data: Uint8Array.from({ length: width * height * 3 }, (_, i) => [red, green, blue][i % 3]),
  };
}

/** A TIFF of 16 bits a channel, which sharp does not write: header, nine fields, the pixels in one strip. */
function tiff16({ width, height, data }: RgbImage): Buffer {
  const samples = Uint16Array.from(data, (value) => value * 257);
  const fields = [
    [256, width],
    [257, height],
    [258, 16],
    [259, 1],
    [262, 2],
    [273, 8 + 2 + 9 * 12 + 4],
    [277, 3],
    [278, height],
    [279, samples.byteLength],
  ];
  const header = Buffer.alloc(8 + 2 + fields.length * 12 + 4);
  header.write('II*\0', 'latin1');
  header.writeUInt32LE(8, 4);
  header.writeUInt16LE(fields.length, 8);
  fields.forEach(([tag, value], i) => {
    const at = 10 + i * 12;
    header.writeUInt16LE(tag, at);
    header.writeUInt16LE(4, at + 2);
    header.writeUInt32LE(1, at + 4);
    header.writeUInt32LE(value, at + 8);
  });
  return Buffer.concat([header, new Uint8Array(samples.buffer)]);
}

describe('pixels come as they are from', () => {
  const image = pattern(21, 13);
  test.each([
    ['PNG', () => encoder(image).png()],
    ['PNG with a palette', () => encoder(plain(3, 200, 90)).png({ palette: true })],
    ['WebP, lossless', () => encoder(image).webp({ lossless: true })],
    ['TIFF', () => encoder(image).tiff({ compression: 'deflate' })],
    ['GIF', () => encoder(plain(255, 0, 0)).gif()],
  ])('%s', async (kind, encode) => {
    const expected = kind.includes('palette') ? plain(3, 200, 90) : kind === 'GIF' ? plain(255, 0, 0) : image;
    expectPixels(await decode(await encode().toBuffer()), expected, 0);
  });

  test.each([
    ['JPEG', () => encoder(plain(40, 120, 200)).jpeg({ quality: 95 })],
    ['progressive JPEG', () => encoder(plain(40, 120, 200)).jpeg({ quality: 95, progressive: true })],
    ['AVIF', () => encoder(plain(40, 120, 200)).avif({ quality: 90 })],
  ])('%s, to 3 of 255', async (_, encode) => {
    expectPixels(await decode(await encode().toBuffer()), plain(40, 120, 200), 3);
  });

  test('SVG, on white', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="6"><rect width="4" height="6" fill="#00f"/></svg>';
    const drawn = await decode(Buffer.from(svg));
    expect([drawn.width, drawn.height]).toEqual([8, 6]);
    expect(pixel(drawn, 1, 3)).toEqual([0, 0, 255]);
    expect(pixel(drawn, 6, 3)).toEqual([255, 255, 255]);
  });

  test('a file, and pixels in memory', async () => {
    const path = join(await temporaryFolder(), 'x.png');
    await encoder(image).png().toFile(path);
    expectPixels(await decodeImage({ kind: 'file', path }), image, 0);
    expect(await decodeImage({ kind: 'pixels', image })).toBe(image);
  });
});

describe('every kind becomes 8-bit sRGB', () => {
  test('grey', async () => {
    const bytes = await encoder(plain(90, 90, 90))
      .toColourspace('b-w')
      .png()
      .toBuffer();
    expect((await sharp(bytes).metadata()).channels).toBe(1);
    expectPixels(await decode(bytes), plain(90, 90, 90), 0);
  });

  test('16 bits a channel, PNG', async () => {
    const bytes = await encoder(pattern(12, 9)).toColourspace('rgb16').png().toBuffer();
    expect((await sharp(bytes).metadata()).depth).toBe('ushort');
    expectPixels(await decode(bytes), pattern(12, 9), 1);
  });

  test('16 bits a channel, TIFF', async () => {
    const bytes = tiff16(pattern(12, 9));
    expect((await sharp(bytes).metadata()).depth).toBe('ushort');
    expectPixels(await decode(bytes), pattern(12, 9), 1);
  });

  test('16-bit grey with transparency', async () => {
    const half = Uint16Array.from({ length: 8 * 8 * 2 }, (_, i) => (i % 2 === 0 ? 0 : 32768));
    const bytes = await sharp(half, { raw: { width: 8, height: 8, channels: 2 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect((await sharp(bytes).metadata()).depth).toBe('ushort');
    const decoded = await decode(bytes);
    expect(decoded.data.length).toBe(8 * 8 * 3);
    expect(new Set(decoded.data).size).toBe(1);
    expect(Math.abs(decoded.data[0] - 127)).toBeLessThanOrEqual(1);
  });

  test.each(['jpeg', 'tiff'] as const)('CMYK, %s', async (format) => {
    const bytes = await encoder(plain(250, 250, 250))
      .toColourspace('cmyk')
      .toFormat(format, { quality: 95 })
      .toBuffer();
    const { space, channels } = await sharp(bytes).metadata();
    expect({ space, channels }).toEqual({ space: 'cmyk', channels: 4 });
    expectPixels(await decode(bytes), plain(250, 250, 250), 6);
  });

  test('transparency is laid on white', async () => {
    const rgba = Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 255, 0, 0, 0, 128, 0, 255, 0, 51]);
    for (const format of ['png', 'webp'] as const) {
      const bytes = await sharp(rgba, { raw: { width: 4, height: 1, channels: 4 } })
        .toFormat(format, { lossless: true })
        .toBuffer();
      const decoded = await decode(bytes);
      expect(decoded.data.length).toBe(12);
      const expected = {
        width: 4,
        height: 1,
        data: Uint8Array.of(255, 255, 255, 255, 0, 0, 127, 127, 127, 204, 255, 204),
      };
      expectPixels(decoded, expected, 1);
    }
  });

  test('animations give their first frame', async () => {
    const frames = Buffer.concat([plain(255, 0, 0, 8, 8).data, plain(0, 0, 255, 8, 8).data]);
    for (const format of ['gif', 'webp'] as const) {
      const bytes = await sharp(frames, { raw: { width: 8, height: 16, channels: 3, pageHeight: 8 } })
        .toFormat(format, { lossless: true })
        .toBuffer();
      expect((await sharp(bytes).metadata()).pages).toBe(2);
      expectPixels(await decode(bytes), plain(255, 0, 0, 8, 8), 0);
    }
  });
});

test.each([
  [1, 0, 0],
  [2, 1, 0],
  [3, 1, 1],
  [4, 0, 1],
  [5, 0, 0],
  [6, 1, 0],
  [7, 1, 1],
  [8, 0, 1],
])('EXIF orientation %i is applied', async (orientation, right, bottom) => {
  // One dark quarter, stored at the top left; `right` and `bottom` say where orientation puts it.
  const stored = plain(255, 255, 255, 32, 16);
  for (let y = 0; y < 8; y++) stored.data.fill(0, y * 96, y * 96 + 48);
  const bytes = await encoder(stored).withMetadata({ orientation }).jpeg({ quality: 95 }).toBuffer();
  const decoded = await decode(bytes);
  const turned = orientation > 4;
  expect([decoded.width, decoded.height]).toEqual(turned ? [16, 32] : [32, 16]);
  const at = (r: number, b: number) =>
    pixel(
      decoded,
      Math.floor(decoded.width * (0.25 + r / 2)),
      Math.floor(decoded.height * (0.25 + b / 2)),
    )[0];
  const dark = [at(0, 0), at(1, 0), at(0, 1), at(1, 1)].map((value) => value < 64);
  expect(dark).toEqual([0, 1, 2, 3].map((corner) => corner === right + 2 * bottom));
});

describe('broken images', () => {
  const large = pattern(64, 64);
  test.each([
    ['JPEG', () => encoder(large).jpeg()],
    ['progressive JPEG', () => encoder(large).jpeg({ progressive: true })],
    ['PNG', () => encoder(large).png()],
    ['WebP', () => encoder(large).webp()],
    ['TIFF', () => encoder(large).tiff({ compression: 'none' })],
    ['AVIF', () => encoder(large).avif()],
    ['GIF', () => encoder(large).gif()],
  ])('a truncated %s', async (_, encode) => {
    const bytes = await encode().toBuffer();
    await expect(decode(bytes)).resolves.toMatchObject({ width: 64, height: 64 });
    await expect(decode(bytes.subarray(0, Math.floor(bytes.length * 0.6)))).rejects.toThrow(DecodeError);
  });

  test('text, nothing, a missing file and a folder, each with a reason in one line', async () => {
    const folder = await temporaryFolder();
    const reasons = await Promise.all(
      [
        decode(Buffer.from('not an image')),
        decode(new Uint8Array(0)),
        decodeImage({ kind: 'file', path: join(folder, 'missing.png') }),
        decodeImage({ kind: 'file', path: folder }),
      ].map((promise) => promise.then(String, (error: Error) => error)),
    );
    for (const reason of reasons) {
      expect(reason).toBeInstanceOf(DecodeError);
      expect((reason as Error).message).toMatch(/^[^\n]+$/);
    }
    expect(String(reasons[0])).toMatch(/unsupported image format/);
    expect(String(reasons[2])).toMatch(/ENOENT/);
  });
});
