import { blankImage, checkPair, type RgbImage } from './rgb-image.ts';

/**
 * Mirrors left to right. `out` may be `image` itself.
 *
 * @throws ImageError
 */
export function flip(image: RgbImage, out: RgbImage = blankImage(image.width, image.height)): RgbImage {
  checkPair(image, out);
  const { width, height, data } = image;
  for (let y = 0; y < height; y++) {
    let left = y * width * 3;
    let right = left + (width - 1) * 3;
    for (; left <= right; left += 3, right -= 3) {
      for (let c = 0; c < 3; c++) {
        const value = data[left + c];
        out.data[left + c] = data[right + c];
        out.data[right + c] = value;
      }
    }
  }
  return out;
}
