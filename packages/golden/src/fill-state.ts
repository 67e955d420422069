import { hashSigned } from './hash-generator.ts';

/** A `[name, shape]` pair of a state dictionary, in its order. */
export type GoldenEntry = [name: string, shape: number[]];

/** A state dictionary as the golden files mean it: values row-major, under PyTorch's names and layouts. */
export type GoldenState = Map<string, { shape: number[]; data: Float32Array }>;

function value(name: string, shape: number[], r: number): number {
  if (name.endsWith('num_batches_tracked')) return 0;
  if (name.endsWith('running_mean')) return 0.1 * r;
  if (name.endsWith('running_var')) return 1 + 0.5 * Math.abs(r);
  if (name.endsWith('weight_g')) return 1;
  if (name.endsWith('weight_v')) return r;
  if (name.endsWith('cls_token') || name.endsWith('pos_embed')) return 0.2 * r;
  if (shape.length === 1) return name.endsWith('.weight') ? 1 + 0.1 * r : 0.1 * r;
  const fanIn = shape.slice(1).reduce((a, b) => a * b, 1);
  return Math.sqrt((shape.length === 4 ? 6 : 3) / fanIn) * r;
}

/** The weights that the golden files name by a base stream: entry e is filled from stream `baseStream + e`. */
export function fillState(entries: GoldenEntry[], baseStream: number): GoldenState {
  const state: GoldenState = new Map();
  entries.forEach(([name, shape], entry) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length: size }, (_, i) =>
      value(name, shape, hashSigned(baseStream + entry, i)),
    );
    state.set(name, { shape, data });
  });
  return state;
}
