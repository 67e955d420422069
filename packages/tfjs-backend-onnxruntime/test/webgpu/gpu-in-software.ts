import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

const DRIVER = 'vk_swiftshader_icd.json';

/** The folder of Chromium's GPU in software (SwiftShader) and of its Vulkan loader. */
function chromiumFolder(): string {
  const { CHROMIUM } = process.env;
  const folders = CHROMIUM && existsSync(CHROMIUM) ? [dirname(realpathSync(CHROMIUM))] : [];
  folders.push('/usr/lib/chromium');
  const folder = folders.find((candidate) => existsSync(join(candidate, DRIVER)));
  if (folder) return folder;
  throw new Error(
    `no ${DRIVER} in ${folders.join(' or ')}: install chromium, which brings a GPU in software, or set VK_DRIVER_FILES to the Vulkan driver to test on`,
  );
}

/**
 * Vulkan's loader reads the environment when it loads, so the processes that run the tests must start with it. Where
 * VK_DRIVER_FILES is set, the GPU is that one.
 */
export default function setup(): void {
  if (process.env.VK_DRIVER_FILES) return;
  const folder = chromiumFolder();
  const { LD_LIBRARY_PATH } = process.env;
  process.env.VK_DRIVER_FILES = join(folder, DRIVER);
  // The name that older loaders know.
  process.env.VK_ICD_FILENAMES = join(folder, DRIVER);
  process.env.LD_LIBRARY_PATH = LD_LIBRARY_PATH ? `${folder}${delimiter}${LD_LIBRARY_PATH}` : folder;
}
