import type { RgbImage } from '@excb/augment';

/**
 * Where the pixels of one image are. It is sent to worker threads: pixels over a `SharedArrayBuffer` are shared,
 * other pixels and bytes are copied for every batch.
 */
export type ImageReference =
  | { kind: 'file'; path: string }
  /** A whole image file in memory. */
  | { kind: 'encoded'; bytes: Uint8Array }
  | { kind: 'pixels'; image: RgbImage };

/** What is known of an image without decoding it. */
export interface ImageDescription {
  name: string;
  /** Index into the source's `classes`, where the images are labelled. */
  label?: number;
}

/** A finite, ordered collection of images. Any object of this shape is a source. */
export interface ImageSource {
  readonly name: string;
  /** Number of images. */
  readonly length: number;
  /** Class names, where the images are labelled. */
  readonly classes?: readonly string[];
  /** @param index from 0 to `length − 1` */
  describe(index: number): ImageDescription;
  /** @param index from 0 to `length − 1` */
  reference(index: number): ImageReference;
}
