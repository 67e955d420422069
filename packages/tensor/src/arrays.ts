export { ndarrayBackend } from './ndarray-backend.ts';
export type { NestedArray } from './nested-array.ts';
export { nestedArrayBackend } from './nested-array-backend.ts';
export type { StridedArray } from './strided-array.ts';
