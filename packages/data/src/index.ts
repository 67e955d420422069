export type { Normalisation, RgbImage } from '@excb/augment';
export { OptionError } from '@excb/augment';
export type { BrokenImagePolicy } from './broken-images.ts';
export { createLoader, type LoaderOptions } from './create-loader.ts';
export { DecodeError, decodeImage } from './decode-image.ts';
export { emojiCategories } from './emoji/emoji-definition.ts';
export { type EmojiPackage, emojiPackages } from './emoji/emoji-packages.ts';
export { type EmojiOptions, type EmojiSet, type IdentifiedSource, openEmoji } from './emoji/open-emoji.ts';
export * from './errors.ts';
export {
  type EvaluationBatches,
  type EvaluationOptions,
  evaluationBatches,
  type ImageBatch,
} from './evaluation-batches.ts';
export type { Framing } from './image-job.ts';
export type { ImageDescription, ImageReference, ImageSource } from './image-source.ts';
export { imageStatistics, type StatisticsOptions } from './image-statistics.ts';
export { type FolderOptions, type FolderSource, imageExtensions, openFolder } from './open-folder.ts';
export { fromPixels, type PixelSourceOptions } from './pixel-source.ts';
export { subset } from './subset.ts';
export type { ViewBatch, ViewBatches, ViewTensor } from './view-batches.ts';
