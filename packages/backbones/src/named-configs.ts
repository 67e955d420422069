import { closest } from 'fastest-levenshtein';
import { ConfigError } from './config-error.ts';
import type { BackboneConfig } from './create-backbone.ts';

const NAMED: Record<string, BackboneConfig> = {
  resnet18: { type: 'resnet', block: 'basic', blocks: [2, 2, 2, 2] },
  resnet34: { type: 'resnet', block: 'basic', blocks: [3, 4, 6, 3] },
  resnet50: { type: 'resnet', block: 'bottleneck', blocks: [3, 4, 6, 3] },
  // Every stage twice as wide, its 3×3 convolutions and its outputs: 4096 features.
  resnet50w2: { type: 'resnet', block: 'bottleneck', blocks: [3, 4, 6, 3], width: 128 },
  'vit-ti16': { type: 'vit', patchSize: 16, embedDim: 192, depth: 12, heads: 3 },
  'vit-s16': { type: 'vit', patchSize: 16, embedDim: 384, depth: 12, heads: 6 },
  'vit-b16': { type: 'vit', patchSize: 16, embedDim: 768, depth: 12, heads: 12 },
};

/** The names that `backboneConfig` knows. */
export const backboneNames: readonly string[] = Object.keys(NAMED);

/**
 * The configuration of a backbone known by name, to be passed to `createBackbone` as it is or with changes.
 *
 * @throws {ConfigError} for an unknown name; it names the nearest one
 */
export function backboneConfig(name: string): BackboneConfig {
  if (!Object.hasOwn(NAMED, name)) {
    throw new ConfigError(
      `there is no backbone named '${name}': did you mean '${closest(name, backboneNames)}'? ` +
        `Known are ${backboneNames.join(', ')}`,
    );
  }
  return { ...structuredClone(NAMED[name]), name };
}
