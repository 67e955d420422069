/** Images do not fit the backbone they were given to. */
export class ImageShapeError extends Error {
  override readonly name = 'ImageShapeError';
}

/** Throws unless `shape` is `[batch, height ≥ smallest, width ≥ smallest, channels]`. */
export function checkImages(
  backbone: string,
  shape: readonly number[],
  channels: number,
  smallest: number,
): void {
  if (shape.length !== 4) {
    throw new ImageShapeError(
      `${backbone} got images of shape [${shape}], but needs four axes [batch, height, width, channels]: ` +
        'add an axis of length 1 for a single image',
    );
  }
  const [, height, width, got] = shape;
  if (got !== channels) {
    const hint =
      shape[1] === channels
        ? 'the channels seem to come first: move them last'
        : `pass inputChannels: ${got} when the backbone is made, or images of ${channels} channels`;
    throw new ImageShapeError(
      `${backbone} got images of shape [${shape}] with ${got} channels, but was made for ${channels}: ${hint}`,
    );
  }
  if (height < smallest || width < smallest) {
    throw new ImageShapeError(
      `${backbone} got images of ${height}×${width} pixels, but needs at least ${smallest}×${smallest}: ` +
        'pass larger images or a smaller patchSize',
    );
  }
}
