/** An image that could not be decoded, by name. */
export interface SkippedImage {
  /** Index in the source. */
  index: number;
  /** Name that the source gives it; for a folder its path inside the folder. */
  name: string;
  /** What the decoder said. */
  reason: string;
}

/** There is nothing at the path given as an image folder. */
export class MissingFolderError extends Error {
  override readonly name = 'MissingFolderError';
  constructor(readonly path: string) {
    super(`there is nothing at ${path}, expected a folder of images: check the path`);
  }
}

/** The path given as an image folder is something else. */
export class NotAFolderError extends Error {
  override readonly name = 'NotAFolderError';
  constructor(readonly path: string) {
    super(`${path} is not a folder, expected a folder of images: pass the folder that holds the file`);
  }
}

/** A folder that holds no image file. */
export class EmptyFolderError extends Error {
  override readonly name = 'EmptyFolderError';
  constructor(
    readonly path: string,
    /** Files that were seen and are no images. */
    readonly otherFiles: number,
    extensions: readonly string[],
  ) {
    super(
      `${path} holds no images (${otherFiles} other ${otherFiles === 1 ? 'file' : 'files'}), expected files ` +
        `ending in ${extensions.join(', ')}, in the folder or its subfolders: pass a folder of images`,
    );
  }
}

/** A folder that cannot be read as one folder per class. */
export class FolderLayoutError extends Error {
  override readonly name = 'FolderLayoutError';
}

/** A source without images. */
export class EmptySourceError extends Error {
  override readonly name = 'EmptySourceError';
  constructor(readonly source: string) {
    super(`the image source '${source}' has no images, expected at least one: check how it was made`);
  }
}

/** Thrown under `onError: 'fail'` by the first image that cannot be decoded. */
export class BrokenImageError extends Error {
  override readonly name = 'BrokenImageError';
  constructor(readonly image: SkippedImage) {
    super(
      `image ${image.index}, ${image.name}, cannot be decoded (${image.reason}), expected a whole image: ` +
        "repair or remove the file, or pass onError: 'skip'",
    );
  }
}

/** Thrown under `onError: 'skip'` when hardly any image can be decoded. */
export class TooManyBrokenImagesError extends Error {
  override readonly name = 'TooManyBrokenImagesError';
  constructor(
    readonly source: string,
    readonly skipped: readonly SkippedImage[],
  ) {
    const named = skipped.slice(0, 3).map(({ name, reason }) => `${name} (${reason})`);
    super(
      `too many images of '${source}' cannot be decoded: ${skipped.length} so far, ${named.join('; ')}` +
        `${skipped.length > named.length ? '; …' : ''}; expected most of them to be whole: check the files`,
    );
  }
}

/** Images of different sizes where one batch needs one size. */
export class ImageSizeError extends Error {
  override readonly name = 'ImageSizeError';
}

/** The loader was closed while it was, or before it was, asked for batches. */
export class LoaderClosedError extends Error {
  override readonly name = 'LoaderClosedError';
  constructor() {
    super('the loader is closed, expected an open one for more batches: make a new one with createLoader');
  }
}

/** A worker thread failed for a reason that is no fault of an image. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
  constructor(cause: unknown) {
    const message = cause instanceof Error ? cause.message : String(cause);
    super(
      `a worker thread failed (${message}), expected it to finish its batch: pass workers: 0 to see the error ` +
        'where it happens',
      { cause },
    );
  }
}

/** Packages with emoji drawings are not installed. */
export class MissingPackageError extends Error {
  override readonly name = 'MissingPackageError';
  constructor(
    readonly packages: readonly string[],
    /** The command that installs them. */
    readonly install: string,
  ) {
    super(
      `${packages.join(', ')} ${packages.length === 1 ? 'is' : 'are'} not installed, expected the packages with ` +
        `the emoji drawings: ${install}`,
    );
  }
}

/** Installed emoji packages have other versions than the set is defined by. */
export class PackageVersionError extends Error {
  override readonly name = 'PackageVersionError';
  constructor(
    readonly found: readonly { package: string; version: string; expected: string }[],
    /** The command that installs the right ones. */
    readonly install: string,
  ) {
    super(
      `${found.map((entry) => `${entry.package} is ${entry.version}, expected ${entry.expected}`).join('; ')}: ` +
        `other versions hold other images, so results cannot be compared. ${install} – or pass versions: 'any'`,
    );
  }
}
