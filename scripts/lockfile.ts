interface LockedPackage {
  version?: string;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
  [field: string]: unknown;
}

export interface Lockfile {
  packages: Record<string, LockedPackage>;
}

const systems = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const processors = [
  'arm',
  'arm64',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
];

/**
 * Adds the optional packages of other platforms that npm left out, and returns where. npm drops them where it finds
 * packages installed already or cannot reach them (npm issue 4828), and `npm ci` then refuses the file everywhere.
 * Entries made here hold no checksum; a later `npm install` on such a platform fills it in.
 */
export function completeLockfile({ packages }: Lockfile): string[] {
  const added: string[] = [];
  for (const [parent, entry] of Object.entries(packages)) {
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      const version = range.replace(/^[\^~]/, '');
      const found = resolve(packages, parent, name);
      if (found && (range !== version || packages[found].version === version)) continue;
      const sibling = Object.keys(entry.optionalDependencies ?? {})
        .map((other) => ({ other, place: resolve(packages, parent, other) }))
        .find(({ other, place }) => place && packages[place].version === entry.optionalDependencies?.[other]);
      const beside = sibling?.place?.slice(0, -sibling.other.length);
      const place = `${found ? `${parent}/node_modules/` : (beside ?? 'node_modules/')}${name}`;
      const { dev, devOptional, peer } = sibling?.place ? packages[sibling.place] : entry;
      packages[place] = withoutUndefined({
        version,
        dev,
        devOptional,
        optional: true,
        peer,
        ...platformOf(name),
      });
      added.push(place);
    }
  }
  const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  for (const [place] of sorted) delete packages[place];
  for (const [place, entry] of sorted) packages[place] = entry;
  return added;
}

/** Where Node would find a package from the folder of another: that folder's node_modules, or one further up. */
function resolve(packages: Record<string, LockedPackage>, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const place = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (packages[place]) return place;
    if (folder === '') return undefined;
  }
}

/** `@esbuild/darwin-arm64` says which platform it is for; a name without one is for all. */
function platformOf(name: string): Pick<LockedPackage, 'os' | 'cpu' | 'libc'> {
  if (name === 'fsevents') return { os: ['darwin'] };
  const words = name.split(/[^a-z0-9]+/);
  const os = systems.filter((system) => words.includes(system));
  const cpu = processors.filter((processor) => words.includes(processor));
  const libc = words.some((word) => word.startsWith('musl')) ? ['musl'] : undefined;
  return withoutUndefined({
    cpu: cpu.length > 0 ? cpu : undefined,
    os: os.length > 0 ? os : undefined,
    libc,
  });
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}
