import { expect, test } from 'vitest';
import { renderIcons } from './render-icons.ts';

const svg = (body: string, size = 8) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 8 8">${body}</svg>`;

test('documents are drawn on white, and blocks averaged', async () => {
  const half = svg('<rect width="4" height="8" fill="#0f0"/><rect x="4" width="1" height="1" fill="#000"/>');
  const { pixels } = await renderIcons({ svgs: [half, svg('')], size: 8, target: 4 });
  expect(pixels.length).toBe(2 * 4 * 4 * 3);
  expect([...pixels.subarray(0, 12)]).toEqual([0, 255, 0, 0, 255, 0, 191, 191, 191, 255, 255, 255]);
  expect([...pixels.subarray(36, 48)]).toEqual([0, 255, 0, 0, 255, 0, 255, 255, 255, 255, 255, 255]);
  expect(new Set(pixels.subarray(48))).toEqual(new Set([255]));
});

test('deviation and digest are of the image as it was drawn', async () => {
  const black = svg('<rect width="4" height="8"/>');
  const checks = svg(
    Array.from(
      { length: 32 },
      (_, i) =>
        `<rect x="${(i % 4) * 2 + (Math.floor(i / 4) % 2)}" y="${Math.floor(i / 4)}" width="1" height="1"/>`,
    ).join(''),
  );
  const inverse = svg(
    `<g transform="translate(8 0) scale(-1 1)">${checks.slice(checks.indexOf('>') + 1, -6)}</g>`,
  );
  const red = svg('<rect width="8" height="8" fill="#f00"/>');
  const { pixels, deviations, digests } = await renderIcons({
    svgs: [black, checks, inverse, red, black],
    size: 8,
    target: 4,
  });
  expect(deviations.map((value) => value.toFixed(3))).toEqual([
    '127.500',
    '127.500',
    '127.500',
    '0.000',
    '127.500',
  ]);
  // The two boards of squares are the same grey once averaged, but not as drawn.
  expect(pixels.subarray(48, 96)).toEqual(pixels.subarray(96, 144));
  expect(new Set(digests).size).toBe(4);
  expect(digests[4]).toBe(digests[0]);
});

test('what cannot be drawn is an error', async () => {
  await expect(renderIcons({ svgs: [svg(''), '<svg'], size: 8, target: 8 })).rejects.toThrow();
  await expect(renderIcons({ svgs: [svg('', 9)], size: 8, target: 8 })).rejects.toThrow(
    /9 × 9 × 3, expected 8 × 8 × 3/,
  );
});
