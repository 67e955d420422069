import type { InferenceSession } from 'onnxruntime-node';
import type { BackendOptions } from '../options.ts';

/** What is asked of the providers. Graphs are channels first; by itself the webgpu one turns every convolution round. */
const PROVIDERS = {
  webgpu: { name: 'webgpu', preferredLayout: 'NCHW' },
  cuda: { name: 'cuda' },
} as const;

/** The backend's options in onnxruntime's terms. An arena is memory that a session keeps from run to run. */
export function sessionOptions(options: BackendOptions, arena: boolean): InferenceSession.SessionOptions {
  const { device, threads, optimisation } = options;
  // Where onnxruntime writes what every operator of a graph took, and where it ran, when the session ends.
  const profile = process.env.EXCB_ONNXRUNTIME_PROFILE;
  return {
    executionProviders: device === 'cpu' ? ['cpu'] : [PROVIDERS[device], 'cpu'],
    graphOptimizationLevel: optimisation,
    logSeverityLevel: 3,
    enableCpuMemArena: arena,
    // Only of use to an arena, which then holds everything twice.
    enableMemPattern: false,
    // Threads that wait by spinning gain nothing here, and take the cores from whatever prepares the next batch.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
    ...(threads > 0 && { intraOpNumThreads: threads, interOpNumThreads: 1 }),
    ...(profile && { enableProfiling: true, profileFilePrefix: profile }),
  };
}
