/** @import { HostTensor } from '@excb/tensor' */
import { hostBackend } from '@excb/tensor';

const side = 8; // pixels of an embedding

/**
 * The tiles of an image at 8 × 8 pixels, each entry less its mean over the tiles, as unit vectors [tiles, 192].
 *
 * @param {ImageBitmap} image
 * @param {number} tile side in pixels
 * @returns {HostTensor}
 */
export function embedTiles(image, tile) {
  const columns = image.width / tile;
  const rows = columns * (image.height / tile);
  const small = new OffscreenCanvas(columns * side, (image.height / tile) * side);
  const context = small.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, 0, 0, small.width, small.height);
  const { data } = context.getImageData(0, 0, small.width, small.height);

  const size = side * side * 3;
  const pixels = Float32Array.from({ length: rows * size }, (_, at) => {
    const row = Math.floor(at / size);
    const pixel = Math.floor((at % size) / 3);
    const x = (row % columns) * side + (pixel % side);
    const y = Math.floor(row / columns) * side + Math.floor(pixel / side);
    return data[4 * (y * small.width + x) + (at % 3)] / 255;
  });
  const backend = hostBackend();
  const entries = backend.fromHost(pixels, [rows, size]);
  return backend.l2Normalise(backend.subtract(entries, backend.mean(entries, 0)));
}
