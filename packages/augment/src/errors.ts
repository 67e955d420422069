/** An image whose size and data do not belong together. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
}

/** A crop that does not lie inside its image. */
export class CropBoxError extends Error {
  override readonly name = 'CropBoxError';
}

/** A value outside what an option or argument allows. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
  constructor(
    /** Path of the option, e.g. `blur.probability`. */
    readonly option: string,
    message: string,
  ) {
    super(message);
  }
}

/** A key that no option has. */
export class UnknownOptionError extends Error {
  override readonly name = 'UnknownOptionError';
  constructor(
    /** Path of the key as it was given. */
    readonly option: string,
    /** The valid key that is spelt most like it. */
    readonly nearest: string,
    message: string,
  ) {
    super(message);
  }
}
