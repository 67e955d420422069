import {
  cast,
  GatherV2,
  type GradConfig,
  gather,
  greaterEqual,
  logicalNot,
  maximum,
  mul,
  reshape,
  Select,
  type Tensor,
  type Tensor1D,
  transpose,
  UnsortedSegmentSum,
  unsortedSegmentSum,
  util,
  where,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { gradient, sumTo } from './gradient-table.ts';

/** [batch..., axis, inner...] with the gathered axis first. */
function axisFirst(rank: number, axis: number): number[] {
  return [axis, ...Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis)];
}

function gatherGradient(dy: Tensor, x: Tensor, indices: Tensor, axis: number): Tensor {
  const outer = x.shape.slice(0, axis);
  const inner = x.shape.slice(axis + 1);
  const flat = reshape(dy, [...outer, indices.size, ...inner]);
  const perm = axisFirst(flat.rank, axis);
  const rows = axis === 0 ? flat : transpose(flat, perm);
  const summed = unsortedSegmentSum(
    rows,
    cast(reshape(indices, [indices.size]), 'int32') as Tensor1D,
    x.shape[axis],
  );
  if (axis === 0) return summed;
  const back = perm.map((_, i) => perm.indexOf(i));
  return transpose(summed, back);
}

export const selectionGradients: GradConfig[] = [
  gradient<{ axis: number; batchDims: number }>(
    GatherV2,
    { inputsToSave: ['x', 'indices'] },
    ({ dy, saved: [x, indices], attributes }) => {
      const axis = util.parseAxisParam(attributes.axis, x.shape)[0];
      if (attributes.batchDims)
        throw new Error(`gather: got batchDims ${attributes.batchDims} in a gradient, expected 0`);
      return { x: () => gatherGradient(dy, x, indices, axis), indices: () => zeros(indices.shape) };
    },
  ),
  gradient(UnsortedSegmentSum, { inputsToSave: ['segmentIds'] }, ({ dy, saved: [ids] }) => ({
    x: () => {
      // Rows with a negative id are in no segment.
      const rows = gather(dy, cast(maximum(ids, 0), 'int32'));
      const kept = reshape(cast(greaterEqual(ids, 0), 'float32'), [
        ids.size,
        ...new Array(rows.rank - 1).fill(1),
      ]);
      return mul(rows, kept);
    },
    segmentIds: () => zeros(ids.shape),
  })),
  gradient(Select, { inputsToSave: ['condition', 't', 'e'] }, ({ dy, saved: [condition, t, e] }) => ({
    condition: () => zeros(condition.shape),
    t: () => sumTo(where(condition, dy, zerosLike(dy)), t.shape),
    e: () => sumTo(where(logicalNot(condition), dy, zerosLike(dy)), e.shape),
  })),
];
