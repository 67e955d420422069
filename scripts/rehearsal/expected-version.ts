type Bump = 'major' | 'minor' | 'patch';

const bumps: Bump[] = ['major', 'minor', 'patch'];

/** The next version by the largest bump that the changesets ask for; without changesets the same version. */
export function expectedVersion(version: string, changesets: string[]): string {
  const asked = changesets.flatMap((text) => [...text.matchAll(/^["'].+["']: (major|minor|patch)$/gm)]);
  const largest = bumps.find((bump) => asked.some(([, word]) => word === bump));
  const [major, minor, patch] = version.split('.').map(Number);
  if (largest === 'major') return `${major + 1}.0.0`;
  if (largest === 'minor') return `${major}.${minor + 1}.0`;
  return largest === 'patch' ? `${major}.${minor}.${patch + 1}` : version;
}
