import {
  engine,
  getBackend,
  getKernel,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { prepareBackend } from '../engines/prepare-backend.ts';

/** Runs one of this package's kernels on the current backend, which is given them if nobody has started it. */
export function runOwnKernel(kernel: string, inputs: NamedTensorMap, attributes: object): Tensor | Tensor[] {
  const backend = getBackend();
  if (!getKernel(kernel, backend)) prepareBackend(backend);
  return engine().runKernel(kernel, inputs, attributes as NamedAttrMap);
}
