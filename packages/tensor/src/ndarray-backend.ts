import { hostWrappedBackend } from './host-wrapped-backend.ts';
import { denseStrides, readStrided, type StridedArray } from './strided-array.ts';
import type { TensorBackend } from './tensor-backend.ts';

/**
 * The host backend on arrays with strides, in whatever order their entries lie: transposed and sliced views are read
 * as they are meant. Arrays in row-major order that hold a `Float32Array` or an `Int32Array` are not copied.
 *
 * @param make what results are: the constructor of `ndarray`, for instance. Without: `{ data, shape, stride, offset }`.
 * @throws ShapeError from every operation whose arguments do not fit together, or reach outside their data
 */
export function ndarrayBackend<T extends StridedArray = Required<Omit<StridedArray, 'strides'>>>(
  make: (data: Float32Array | Int32Array, shape: number[]) => T = strided as never,
): TensorBackend<T> {
  return hostWrappedBackend<T>({
    name: 'ndarray',
    read: readStrided,
    shape: (t) => [...t.shape],
    make: ({ data, shape }) => make(data, shape),
  });
}

function strided(data: Float32Array | Int32Array, shape: number[]): StridedArray {
  return { data, shape, stride: denseStrides(shape), offset: 0 };
}
