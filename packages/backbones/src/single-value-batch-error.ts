/** Batch norm was asked for the statistics of a single value a channel. */
export class SingleValueBatchError extends Error {
  override readonly name = 'SingleValueBatchError';

  constructor(layer: string, shape: readonly number[]) {
    super(
      `${layer}: batch norm got an input of shape [${shape}] in training, which is one value a channel, but ` +
        'needs at least two: use a batch of two images or more, or evaluation mode',
    );
  }
}
