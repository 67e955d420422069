/** How the backend runs. */
export interface BackendOptions {
  /** Where graphs run: `cpu`, `webgpu` (a GPU without CUDA) or `cuda` (where its provider is installed). */
  device: 'cpu' | 'webgpu' | 'cuda';
  /** Threads of one graph's operators. 0: as many as the machine has cores. */
  threads: number;
  /** How far onnxruntime itself optimises a graph. */
  optimisation: 'disabled' | 'basic' | 'extended' | 'all';
  /** A kernel that would run on tfjs-cpu throws instead. */
  strict: boolean;
  /** Runs every kernel as it is recorded: slow, but an error comes from the call that made it. */
  debug: boolean;
  /** Compiled graphs that are kept; the one unused for longest goes first. */
  sessions: number;
  /** Kernels that may be recorded before the backend computes them by itself, where it can. */
  recordingLimit: number;
  /** Whether onnxruntime-node's synchronous interface may be used, which `dataSync` needs. */
  synchronous: boolean;
}

export const defaultOptions: Readonly<BackendOptions> = {
  device: 'cpu',
  threads: 0,
  optimisation: 'all',
  strict: false,
  debug: false,
  sessions: 64,
  recordingLimit: 12_000,
  synchronous: true,
};
