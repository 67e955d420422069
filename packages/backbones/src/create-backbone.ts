import { closest } from 'fastest-levenshtein';
import { ConfigError } from './config-error.ts';
import type { LayoutEntry } from './layout.ts';
import {
  LinearBackbone,
  type LinearConfig,
  linearBackboneLayout,
  resolveLinearConfig,
} from './linear-backbone.ts';
import type { Backbone } from './module.ts';
import { ResNet } from './resnet.ts';
import { type ResNetConfig, resNetLayout, resolveResNetConfig } from './resnet-layout.ts';
import { Vit } from './vit.ts';
import { resolveVitConfig, type VitConfig, vitLayout } from './vit-layout.ts';

/** Settings of any backbone; `type` says which. */
export type BackboneConfig = ResNetConfig | VitConfig | LinearConfig;

const TYPES = ['resnet', 'vit', 'linear'];

/**
 * Makes a backbone with freshly drawn weights.
 *
 * @throws {ConfigError} for an unknown type or key, or a value that cannot be
 */
export function createBackbone(config: BackboneConfig): Backbone {
  switch (config.type) {
    case 'resnet':
      return new ResNet(config);
    case 'vit':
      return new Vit(config);
    case 'linear':
      return new LinearBackbone(config);
    default:
      throw unknownType(config);
  }
}

/**
 * Names, shapes and roles of a backbone's state in PyTorch's order, without taking memory for it.
 *
 * @throws {ConfigError} as `createBackbone`
 */
export function backboneLayout(config: BackboneConfig): LayoutEntry[] {
  switch (config.type) {
    case 'resnet':
      return resNetLayout(resolveResNetConfig(config));
    case 'vit':
      return vitLayout(resolveVitConfig(config));
    case 'linear':
      return linearBackboneLayout(resolveLinearConfig(config));
    default:
      throw unknownType(config);
  }
}

function unknownType(config: unknown): ConfigError {
  const type = String((config as { type?: unknown } | null)?.type);
  return new ConfigError(
    `there is no backbone of type '${type}': did you mean '${closest(type, TYPES)}'? Known are ${TYPES.join(', ')}`,
  );
}
