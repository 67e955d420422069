import {
  BroadcastTo,
  Concat,
  clone,
  concat,
  ExpandDims,
  type GradConfig,
  Pack,
  PadV2,
  pad,
  Reshape,
  Reverse,
  reshape,
  reverse,
  Slice,
  SplitV,
  slice,
  split,
  stack,
  sum,
  type Tensor,
  Tile,
  Transpose,
  transpose,
  Unpack,
  unstack,
  util,
} from '@tensorflow/tfjs-core';
import { gradient, sumTo } from './gradient-table.ts';

/** Folds each repeated axis into (repeat, size) and sums over the repeats. */
function foldTile(dy: Tensor, shape: number[], reps: number[]): Tensor {
  const folded: number[] = [];
  const repeats: number[] = [];
  shape.forEach((size, i) => {
    if (reps[i] > 1) {
      repeats.push(folded.length);
      folded.push(reps[i]);
    }
    folded.push(size);
  });
  return repeats.length ? reshape(sum(reshape(dy, folded), repeats), shape) : clone(dy);
}

function inversePermutation(perm: number[]): number[] {
  const inverse = new Array<number>(perm.length);
  perm.forEach((axis, i) => {
    inverse[axis] = i;
  });
  return inverse;
}

export const shapeGradients: GradConfig[] = [
  ...[Reshape, ExpandDims].map((kernelName) =>
    gradient(
      kernelName,
      { inputsToSave: [kernelName === Reshape ? 'x' : 'input'] },
      ({ dy, saved: [x] }) => ({
        [kernelName === Reshape ? 'x' : 'input']: () => reshape(dy, x.shape),
      }),
    ),
  ),
  gradient<{ perm: number[] }>(Transpose, {}, ({ dy, attributes: { perm } }) => ({
    x: () => transpose(dy, inversePermutation(perm)),
  })),
  gradient<{ dims: number | number[] }>(Reverse, {}, ({ dy, attributes: { dims } }) => ({
    x: () => reverse(dy, dims),
  })),
  gradient<{ begin: number | number[]; size: number | number[] }>(
    Slice,
    { inputsToSave: ['x'] },
    ({ dy, saved: [x], attributes: { begin } }) => ({
      x: () => {
        const starts = x.shape.map((_, i) => (Array.isArray(begin) ? (begin[i] ?? 0) : i === 0 ? begin : 0));
        const paddings = starts.map((start, i): [number, number] => [
          start,
          x.shape[i] - start - dy.shape[i],
        ]);
        return pad(dy, paddings);
      },
    }),
  ),
  gradient<{ paddings: Array<[number, number]> }>(
    PadV2,
    { inputsToSave: ['x'] },
    ({ dy, saved: [x], attributes: { paddings } }) => ({
      x: () =>
        slice(
          dy,
          paddings.map(([before]) => before),
          x.shape,
        ),
    }),
  ),
  gradient<{ reps: number[] }>(Tile, { inputsToSave: ['x'] }, ({ dy, saved: [x], attributes: { reps } }) => ({
    x: () => foldTile(dy, x.shape, reps),
  })),
  gradient(BroadcastTo, { inputsToSave: ['x'] }, ({ dy, saved: [x] }) => ({ x: () => sumTo(dy, x.shape) })),
  gradient<{ axis: number }>(Concat, { saveAllInputs: true }, ({ dy, saved, attributes }) => {
    const axis = util.parseAxisParam(attributes.axis, saved[0].shape)[0];
    const parts = split(
      dy,
      saved.map((part) => part.shape[axis]),
      axis,
    );
    return Object.fromEntries(parts.map((part, i) => [i, () => part]));
  }),
  gradient<{ axis: number }>(SplitV, {}, ({ dys, attributes: { axis } }) => ({ x: () => concat(dys, axis) })),
  gradient<{ axis: number }>(Pack, { saveAllInputs: true }, ({ dy, attributes: { axis } }) =>
    Object.fromEntries(unstack(dy, axis).map((part, i) => [i, () => part])),
  ),
  gradient<{ axis: number }>(Unpack, {}, ({ dys, attributes: { axis } }) => ({
    value: () => stack(dys, axis),
  })),
];
