import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelFunc, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';

/** What tfjs hands a kernel function, with the backend's own type. */
export interface WasmKernelCall<Attributes> {
  inputs: Record<string, TensorInfo>;
  attributes: Attributes;
  backend: BackendWasm;
}

export function wasmKernel<Attributes>(
  compute: (call: WasmKernelCall<Attributes>) => TensorInfo | TensorInfo[],
): KernelFunc {
  return ({ inputs, attrs, backend }: { inputs: unknown; attrs?: NamedAttrMap; backend: unknown }) =>
    compute({
      inputs: inputs as Record<string, TensorInfo>,
      attributes: attrs as unknown as Attributes,
      backend: backend as BackendWasm,
    });
}
