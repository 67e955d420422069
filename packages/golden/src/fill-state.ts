import { fillFrom } from './hash-generator.ts';

/** A `[name, shape]` pair of a state dictionary, in its order. */
export type GoldenEntry = [name: string, shape: number[]];

/** A state dictionary as the golden files mean it: values row-major, under PyTorch's names and layouts. */
export type GoldenState = Map<string, { shape: number[]; data: Float32Array }>;

/** What an entry of that name and shape makes of r. */
function rule(name: string, shape: number[]): (r: number) => number {
  if (name.endsWith('num_batches_tracked')) return () => 0;
  if (name.endsWith('running_mean')) return (r) => 0.1 * r;
  if (name.endsWith('running_var')) return (r) => 1 + 0.5 * Math.abs(r);
  if (name.endsWith('weight_g')) return () => 1;
  if (name.endsWith('weight_v')) return (r) => r;
  if (name.endsWith('cls_token') || name.endsWith('pos_embed')) return (r) => 0.2 * r;
  if (shape.length === 1) return name.endsWith('.weight') ? (r) => 1 + 0.1 * r : (r) => 0.1 * r;
  const fanIn = shape.slice(1).reduce((a, b) => a * b, 1);
  const scale = Math.sqrt((shape.length === 4 ? 6 : 3) / fanIn);
  return (r) => scale * r;
}

/** The weights that the golden files name by a base stream: entry e is filled from stream `baseStream + e`. */
export function fillState(entries: GoldenEntry[], baseStream: number): GoldenState {
  const state: GoldenState = new Map();
  entries.forEach(([name, shape], entry) => {
    const size = shape.reduce((a, b) => a * b, 1);
    state.set(name, { shape, data: fillFrom(baseStream + entry, size, rule(name, shape)) });
  });
  return state;
}
