import {
  broadcastTo,
  cast,
  div,
  equal,
  type GradConfig,
  Max,
  Mean,
  Min,
  mul,
  reshape,
  Softmax,
  Sum,
  sub,
  sum,
  type Tensor,
  util,
} from '@tensorflow/tfjs-core';
import { gradient } from './gradient-table.ts';

interface ReductionAttributes {
  axis?: number | number[];
  reductionIndices?: number | number[];
  keepDims?: boolean;
}

/** The reduced axes kept with size 1, so that the result broadcasts against the input. */
function keptShape(shape: number[], { axis, reductionIndices }: ReductionAttributes): number[] {
  const axes = util.parseAxisParam(axis ?? reductionIndices!, shape);
  return shape.map((size, i) => (axes.includes(i) ? 1 : size));
}

const sizeOf = (shape: number[]): number => shape.reduce((a, b) => a * b, 1);

/** The gradient goes to every entry equal to the extreme one. */
const extreme = (kernelName: string) =>
  gradient<ReductionAttributes>(
    kernelName,
    { inputsToSave: ['x'], outputsToSave: [true] },
    ({ dy, saved: [x, y], attributes }) => {
      const kept = keptShape(x.shape, attributes);
      return { x: () => mul(reshape(dy, kept), cast(equal(x, reshape(y, kept)), 'float32')) };
    },
  );

const spread = (dy: Tensor, x: Tensor, attributes: ReductionAttributes): Tensor =>
  broadcastTo(reshape(dy, keptShape(x.shape, attributes)), x.shape);

export const reductionGradients: GradConfig[] = [
  gradient<ReductionAttributes>(Sum, { inputsToSave: ['x'] }, ({ dy, saved: [x], attributes }) => ({
    x: () => spread(dy, x, attributes),
  })),
  gradient<ReductionAttributes>(Mean, { inputsToSave: ['x'] }, ({ dy, saved: [x], attributes }) => ({
    x: () => {
      const count = sizeOf(x.shape) / sizeOf(keptShape(x.shape, attributes));
      return spread(div(dy, count), x, attributes);
    },
  })),
  extreme(Max),
  extreme(Min),
  gradient(Softmax, { outputsToSave: [true] }, ({ dy, saved: [y] }) => ({
    logits: () => {
      const weighted = mul(dy, y);
      return sub(weighted, mul(sum(weighted, -1, true), y));
    },
  })),
];
