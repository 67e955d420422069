import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds the root package.json. */
export const root = fileURLToPath(new URL('..', import.meta.url));

export interface WorkspacePackage {
  /** Name of the folder under `packages`. */
  folder: string;
  path: string;
  manifest: {
    name: string;
    version: string;
    private?: boolean;
    exports?: Record<string, string | Record<string, unknown>>;
    bin?: Record<string, string>;
    files?: string[];
    repository?: string | { url?: string };
    dependencies?: Record<string, string>;
  };
}

/** The packages that users install, in the order of their folders. */
export function publishedPackages(): WorkspacePackage[] {
  return readdirSync(join(root, 'packages'))
    .sort()
    .map((folder) => ({ folder, path: join(root, 'packages', folder) }))
    .filter(({ path }) => existsSync(join(path, 'package.json')))
    .map(({ folder, path }) => ({
      folder,
      path,
      manifest: JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')),
    }))
    .filter(({ manifest }) => !manifest.private);
}

/** The source file behind each name that a package can be imported by. */
export function sourceEntries({ path, manifest }: WorkspacePackage): { subPath: string; file: string }[] {
  return Object.entries(manifest.exports ?? {}).flatMap(([subPath, conditions]) => {
    const source = typeof conditions === 'object' ? conditions['@excb/source'] : undefined;
    return typeof source === 'string' ? [{ subPath, file: join(path, source) }] : [];
  });
}
