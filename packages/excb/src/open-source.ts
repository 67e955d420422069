import { type ImageSource, openEmoji, openFolder } from '@excb/data';

/** What the command line takes for images: the emoji set by its name, or a folder. */
const EMOJI = 'emoji';

/**
 * The images that a command-line argument names.
 *
 * @param size side of the emoji images
 */
export async function openSource(argument: string, size: number): Promise<ImageSource> {
  if (argument !== EMOJI) return openFolder(argument);
  return (await openEmoji({ size: size > 32 ? 64 : 32 })).split().train;
}
