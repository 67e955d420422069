export { type HostAssign, plainAssign } from './host-assign.ts';
export { type HostOptions, hostBackend, isHostBackend } from './host-backend.ts';
export { createKernelArrays, type KernelArrays, type KernelArraysOptions } from './kernel-arrays.ts';
export { NonFiniteError } from './non-finite-error.ts';
export { ShapeError } from './shape-error.ts';
export { simdAssign } from './simd-assign.ts';
export { sumInOrder } from './sum-in-order.ts';
export type {
  AssignedRows,
  DataType,
  FusedAssignOptions,
  FusedOperations,
  HostTensor,
  MatMulOptions,
  TensorBackend,
} from './tensor-backend.ts';
