/** The part of the host's WebAssembly interface that is used here (Node's types do not declare it whole). */
export interface WasmMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
}

interface WebAssemblyInterface {
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  Instance: new (
    module: object,
    imports: Record<string, Record<string, unknown>>,
  ) => { exports: Record<string, unknown> };
  Memory: new (limits: { initial: number; maximum?: number; shared?: boolean }) => WasmMemory;
}

export const webAssembly = (globalThis as unknown as { WebAssembly: WebAssemblyInterface }).WebAssembly;

/** Compiles a module given in base64. @throws where the host has no WebAssembly, or not all that the module needs */
export function compile(base64: string): object {
  return new webAssembly.Module(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
}
