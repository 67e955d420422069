/** Features do not fit the head they were given to. */
export class FeatureShapeError extends Error {
  override readonly name = 'FeatureShapeError';

  constructor(shape: readonly number[], inputSize: number) {
    super(
      `the head got features of shape [${shape}], but needs [rows, ${inputSize}]: pass inputSize: ` +
        `${shape[shape.length - 1]} when it is made, or features of ${inputSize} columns`,
    );
  }
}
