import { describe, expect, it } from 'vitest';
import { grey, ImageError, type RgbImage } from './index.ts';

const image = (width: number, height: number, bytes: number): RgbImage => ({
  width,
  height,
  data: new Uint8Array(bytes),
});

describe('images that are not RGB', () => {
  it.each([
    [
      'one channel',
      image(4, 4, 16),
      /16 bytes for 4 × 4 pixels \(1 channels\), expected 48 bytes .* repeat the grey/,
    ],
    ['four channels', image(4, 4, 64), /\(4 channels\), expected 48 bytes .* drop the alpha channel/],
    ['two channels', image(4, 4, 32), /\(2 channels\), expected 48 bytes .* convert the image/],
    ['a missing byte', image(4, 4, 47), /\(2.938 channels\), expected 48/],
    ['no width', image(0, 4, 0), /the image is 0 × 4 .* expected both to be positive/],
    ['no height', image(4, 0, 0), ImageError],
    ['half a pixel', image(1.5, 2, 9), ImageError],
    ['no number', image(Number.NaN, 2, 9), ImageError],
  ])('%s', (_name, bad, message) => {
    expect(() => grey(bad)).toThrow(ImageError);
    expect(() => grey(bad)).toThrow(message);
  });

  it('floats and missing data', () => {
    const floats = { width: 1, height: 1, data: new Float32Array(3) } as unknown as RgbImage;
    expect(() => grey(floats)).toThrow(
      /the image data is Float32Array, expected 8-bit values: pass a Uint8Array/,
    );
    expect(() => grey({ width: 1, height: 1 } as RgbImage)).toThrow(ImageError);
  });
});
