import type { Initialiser } from './initialise.ts';

/** One entry of a module's state, before any memory is taken for it. */
export interface LayoutEntry {
  name: string;
  shape: number[];
  /** `frozen` parameters are averaged by the teacher but not trained; `counter`s are int32 buffers. */
  role: 'parameter' | 'frozen' | 'buffer' | 'counter';
  initial: Initialiser;
}

/** Number of values of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

/** A convolution without bias, He-initialised over its fan-out (torchvision's ResNets). */
export function convolutionLayout(
  name: string,
  output: number,
  input: number,
  kernel: number,
): LayoutEntry[] {
  const deviation = Math.sqrt(2 / (output * kernel * kernel));
  return [
    {
      name: `${name}.weight`,
      shape: [output, input, kernel, kernel],
      role: 'parameter',
      initial: { kind: 'normal', deviation },
    },
  ];
}

/** A batch norm over `size` channels. */
export function batchNormLayout(name: string, size: number, gain = 1): LayoutEntry[] {
  const shape = [size];
  return [
    { name: `${name}.weight`, shape, role: 'parameter', initial: { kind: 'constant', value: gain } },
    { name: `${name}.bias`, shape, role: 'parameter', initial: { kind: 'constant', value: 0 } },
    { name: `${name}.running_mean`, shape, role: 'buffer', initial: { kind: 'constant', value: 0 } },
    { name: `${name}.running_var`, shape, role: 'buffer', initial: { kind: 'constant', value: 1 } },
    {
      name: `${name}.num_batches_tracked`,
      shape: [],
      role: 'counter',
      initial: { kind: 'constant', value: 0 },
    },
  ];
}

/** A layer norm over the last axis of length `size`. */
export function layerNormLayout(name: string, size: number): LayoutEntry[] {
  return [
    { name: `${name}.weight`, shape: [size], role: 'parameter', initial: { kind: 'constant', value: 1 } },
    { name: `${name}.bias`, shape: [size], role: 'parameter', initial: { kind: 'constant', value: 0 } },
  ];
}

/** A linear layer, its weights normal with deviation 0.02 truncated at ±2, its bias 0 (method.md §1). */
export function linearLayout(name: string, output: number, input: number, bias = true): LayoutEntry[] {
  const weight: LayoutEntry = {
    name: `${name}.weight`,
    shape: [output, input],
    role: 'parameter',
    initial: { kind: 'truncatedNormal', deviation: 0.02, bound: 2 },
  };
  if (!bias) return [weight];
  return [
    weight,
    { name: `${name}.bias`, shape: [output], role: 'parameter', initial: { kind: 'constant', value: 0 } },
  ];
}
