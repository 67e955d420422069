import type { WorkspacePackage } from '../../test/workspace.ts';

/** The parts of a package.json that the order of a release comes from. */
type Manifest = Pick<WorkspacePackage['manifest'], 'name' | 'dependencies'>;

/** Every package after those it depends on, so that a release that stops half-way leaves nothing uninstallable. */
export function publishOrder<T extends { manifest: Manifest }>(packages: T[]): T[] {
  const byName = new Map(packages.map((item) => [item.manifest.name, item]));
  const ordered = new Set<T>();
  const visit = (item: T, path: string[]) => {
    if (ordered.has(item)) return;
    const { name, dependencies = {} } = item.manifest;
    if (path.includes(name)) throw new Error(`packages depend on each other: ${[...path, name].join(' → ')}`);
    for (const dependency of Object.keys(dependencies)) {
      const found = byName.get(dependency);
      if (found) visit(found, [...path, name]);
    }
    ordered.add(item);
  };
  for (const item of packages) visit(item, []);
  return [...ordered];
}
