import {
  checkConfig,
  flag,
  integer,
  integerFrom,
  oneOf,
  positive,
  rate,
  text,
  withDefaults,
} from './config-check.ts';
import { ConfigError } from './config-error.ts';
import { type LayoutEntry, layerNormLayout, linearLayout } from './layout.ts';

/** Settings of a vision transformer in DINO's layout. */
export interface VitConfig {
  type: 'vit';
  /** For messages and reports; default 'vit'. */
  name?: string;
  /** Side in pixels at which the position embedding is native, default 224; other sizes are resized to. */
  imageSize?: number;
  /** Default 16. */
  patchSize?: number;
  /** Default 384 (ViT-S). */
  embedDim?: number;
  /** Default 12. */
  depth?: number;
  /** Must divide `embedDim`; default 6. */
  heads?: number;
  /** Hidden width of the blocks' MLPs over `embedDim`, default 4. */
  mlpRatio?: number;
  /** Default true. */
  qkvBias?: boolean;
  /** Default 1e-6. */
  layerNormEpsilon?: number;
  /** Drop-path rate of the last block, growing linearly from 0; the student's only; default 0. */
  dropPath?: number;
  /** Default 3. */
  inputChannels?: number;
  /** Same seed, same weights; default 0. */
  seed?: number;
}

/** A ViT configuration with every default filled in. */
export type ResolvedVitConfig = Required<VitConfig>;

const DEFAULTS: ResolvedVitConfig = {
  type: 'vit',
  name: 'vit',
  imageSize: 224,
  patchSize: 16,
  embedDim: 384,
  depth: 12,
  heads: 6,
  mlpRatio: 4,
  qkvBias: true,
  layerNormEpsilon: 1e-6,
  dropPath: 0,
  inputChannels: 3,
  seed: 0,
};

const RULES = {
  type: oneOf('vit'),
  name: text,
  imageSize: integerFrom(1),
  patchSize: integerFrom(1),
  embedDim: integerFrom(1),
  depth: integerFrom(1),
  heads: integerFrom(1),
  mlpRatio: positive,
  qkvBias: flag,
  layerNormEpsilon: positive,
  dropPath: rate,
  inputChannels: integerFrom(1),
  seed: integer,
};

/**
 * Fills in the defaults.
 *
 * @throws {ConfigError} for an unknown key, a value that cannot be, or sizes that do not fit together
 */
export function resolveVitConfig(config: VitConfig): ResolvedVitConfig {
  checkConfig('ViT', config, RULES);
  const full = withDefaults(DEFAULTS, config);
  if (full.embedDim % full.heads !== 0) {
    throw new ConfigError(
      `ViT: embedDim ${full.embedDim} is not a multiple of heads ${full.heads}: each head takes an equal share`,
    );
  }
  if (full.imageSize < full.patchSize) {
    throw new ConfigError(
      `ViT: imageSize ${full.imageSize} is below patchSize ${full.patchSize}: an image must hold a patch`,
    );
  }
  return full;
}

/** Patches along a side of an image of the native size. */
export function nativeGrid(config: ResolvedVitConfig): number {
  return Math.floor(config.imageSize / config.patchSize);
}

/** Every entry of the ViT's state, in PyTorch's order. */
export function vitLayout(config: ResolvedVitConfig): LayoutEntry[] {
  const { embedDim, patchSize, inputChannels, depth } = config;
  const tokens = nativeGrid(config) ** 2 + 1;
  const initial = { kind: 'truncatedNormal', deviation: 0.02, bound: 2 } as const;
  return [
    { name: 'cls_token', shape: [1, 1, embedDim], role: 'parameter', initial },
    { name: 'pos_embed', shape: [1, tokens, embedDim], role: 'parameter', initial },
    {
      name: 'patch_embed.proj.weight',
      shape: [embedDim, inputChannels, patchSize, patchSize],
      role: 'parameter',
      initial,
    },
    {
      name: 'patch_embed.proj.bias',
      shape: [embedDim],
      role: 'parameter',
      initial: { kind: 'constant', value: 0 },
    },
    ...Array.from({ length: depth }, (_, i) => blockLayout(`blocks.${i}`, config)).flat(),
    ...layerNormLayout('norm', embedDim),
  ];
}

function blockLayout(name: string, config: ResolvedVitConfig): LayoutEntry[] {
  const { embedDim, mlpRatio, qkvBias } = config;
  const hidden = Math.floor(embedDim * mlpRatio);
  return [
    ...layerNormLayout(`${name}.norm1`, embedDim),
    ...linearLayout(`${name}.attn.qkv`, 3 * embedDim, embedDim, qkvBias),
    ...linearLayout(`${name}.attn.proj`, embedDim, embedDim),
    ...layerNormLayout(`${name}.norm2`, embedDim),
    ...linearLayout(`${name}.mlp.fc1`, hidden, embedDim),
    ...linearLayout(`${name}.mlp.fc2`, embedDim, hidden),
  ];
}
