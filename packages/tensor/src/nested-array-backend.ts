import { hostWrappedBackend } from './host-wrapped-backend.ts';
import { makeNested, type NestedArray, readNested, shapeOfNested } from './nested-array.ts';
import type { TensorBackend } from './tensor-backend.ts';

/**
 * The host backend on nested arrays. Results are arrays of typed rows: `targets[row][k]`. Rows of numbers are read
 * as float32, rows of an integer array type as int32.
 *
 * @throws ShapeError from every operation whose arguments do not fit together, or whose rows differ in length
 */
export function nestedArrayBackend(): TensorBackend<NestedArray> {
  return hostWrappedBackend({
    name: 'nested-arrays',
    read: readNested,
    shape: shapeOfNested,
    make: makeNested,
  });
}
