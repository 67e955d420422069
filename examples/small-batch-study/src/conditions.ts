import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';

/** Where and when the study was started, and with what. */
export interface Conditions {
  /** Day, in UTC: 2026-11-26. */
  date: string;
  machine: string;
  engine: string;
  /** Of what computes, by name. */
  versions: Record<string, string>;
}

export function conditionsNow(engine: string, machine: string | undefined): Conditions {
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: machine ?? `${availableParallelism()} cores (${arch()})`,
    engine,
    versions: {
      '@excb/trainer': versionOf('@excb/trainer'),
      Node: process.versions.node,
      'onnxruntime-node': versionOf('onnxruntime-node', '@excb/tfjs-backend-onnxruntime'),
    },
  };
}

/** The version of a package that we, or a package of ours, depend on. */
function versionOf(name: string, by?: string): string {
  const here = createRequire(import.meta.url);
  const require = by ? createRequire(here.resolve(`${by}/package.json`)) : here;
  const places = require.resolve.paths(name) ?? [];
  for (const place of places) {
    try {
      return JSON.parse(readFileSync(join(place, name, 'package.json'), 'utf8')).version;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error(`${name} is not installed beside ${dirname(import.meta.dirname)}: run npm ci`);
}
