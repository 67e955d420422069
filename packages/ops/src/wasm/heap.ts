import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { WasmProgram } from './assembler.ts';
import { addMaxPoolGradient } from './max-pool-program.ts';
import { addInterleave, addMultiply, addOuter, addPack } from './multiply-program.ts';
import { addNormalise } from './normalise-program.ts';
import { type WasmMemory, webAssembly } from './web-assembly.ts';

type WasmCall = (...operands: number[]) => void;

/** The loops of this package, compiled onto the heap of one tfjs-wasm backend. */
export interface WasmLoops {
  interleave: WasmCall;
  pack: WasmCall;
  multiply: WasmCall;
  outer: WasmCall;
  columnSums: WasmCall;
  centredSquares: WasmCall;
  centreScaleShift: WasmCall;
  gradientSums: WasmCall;
  normaliseGradient: WasmCall;
  reluGradient: WasmCall;
  maxPoolGradient: WasmCall;
}

interface EmscriptenModule {
  HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
  asm?: Record<string, unknown>;
  wasmMemory?: unknown;
}

/** tfjs-wasm's heap: where its tensors lie, memory for the length of a call, and this package's loops. */
export interface Heap {
  readonly loops: WasmLoops;
  /** Byte address of a tensor's data. May allocate: data that lies on another backend is moved here first. */
  address(tensor: TensorInfo): number;
  /** Views are valid until the next allocation. */
  floats(address: number, length: number): Float32Array;
  integers(address: number, length: number): Int32Array;
  /** A new tensor, its values not yet set. */
  output(shape: number[]): TensorInfo;
  /** Runs `work` with `bytes` of memory that is freed afterwards (16-byte aligned). */
  scratch<T>(bytes: number, work: (address: number) => T): T;
}

const heaps = new WeakMap<BackendWasm, Heap>();

/** The heap of a tfjs-wasm backend; its loops are compiled at the first call. */
export function heapOf(backend: BackendWasm): Heap {
  let heap = heaps.get(backend);
  if (!heap) {
    heap = openHeap(backend);
    heaps.set(backend, heap);
  }
  return heap;
}

function openHeap(backend: BackendWasm): Heap {
  const module = backend.wasm as unknown as EmscriptenModule;
  const memory = findMemory(module);
  const shared = memory.buffer.constructor.name === 'SharedArrayBuffer';
  const bytes = trainingProgram().encode({ sharedPages: shared ? SHARED_PAGES : undefined });
  const instance = new webAssembly.Instance(new webAssembly.Module(bytes), { env: { memory } });
  return {
    loops: instance.exports as unknown as WasmLoops,
    address: (tensor) => backend.dataIdMap.get(tensor.dataId as object).memoryOffset,
    floats: (address, length) => new Float32Array(module.HEAPU8.buffer, address, length),
    integers: (address, length) => new Int32Array(module.HEAPU8.buffer, address, length),
    output: (shape) => backend.makeOutput(shape, 'float32'),
    scratch: (size, work) => {
      const start = module._malloc(size + 16) >>> 0;
      if (!start) throw new Error(`the wasm heap has no room for ${size} bytes: use a smaller batch`);
      try {
        return work(((start + 15) & ~15) >>> 0);
      } finally {
        module._free(start);
      }
    },
  };
}

/** The maximum that tfjs's threaded build declares (2 GiB); a shared memory must be imported with the same. */
const SHARED_PAGES = 32768;

function findMemory(module: EmscriptenModule): WasmMemory {
  const candidates = [module.wasmMemory, ...Object.values(module.asm ?? {})];
  const memory = candidates.find((value) => value instanceof webAssembly.Memory);
  if (!memory) {
    throw new Error(
      'got a tfjs-wasm backend whose memory cannot be found; expected @tensorflow/tfjs-backend-wasm 4.22',
    );
  }
  return memory as WasmMemory;
}

function trainingProgram(): WasmProgram {
  const program = new WasmProgram();
  const interleave = addInterleave(program);
  addPack(program, interleave);
  addMultiply(program);
  addOuter(program);
  addNormalise(program);
  addMaxPoolGradient(program);
  return program;
}
