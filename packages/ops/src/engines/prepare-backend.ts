import { addGradients } from '../gradients/add-gradients.ts';
import { addKernels } from '../kernels/add-kernels.ts';
import { addWasmKernels } from '../wasm/add-wasm-kernels.ts';
import { padTensorflowPools } from './pad-tensorflow-pools.ts';

/** Gives tfjs the gradients, and one of its backends the kernels, that training needs. Safe to call again. */
export function prepareBackend(backend: string): void {
  addGradients();
  if (backend === 'wasm') addWasmKernels();
  if (backend === 'tensorflow') padTensorflowPools();
  addKernels(backend);
}
