import * as tf from '@tensorflow/tfjs-core';
import type { OnnxruntimeBackend } from '../backend.ts';
import { blockKernels } from './blocks.ts';
import { complexKernels, withComplex } from './complex.ts';
import { convolutionKernels } from './convolution/convolution.ts';
import { countingKernels } from './counting.ts';
import { depthwiseGradientKernels } from './depthwise-gradients.ts';
import { elementwiseKernels } from './elementwise.ts';
import { fillingKernels } from './filling.ts';
import { formatKernels, fusedKernels } from './fused.ts';
import { indexingKernels } from './indexing.ts';
import { matrixKernels } from './matrix.ts';
import { morphologyKernels } from './morphology.ts';
import { normalisationKernels } from './normalisation.ts';
import { poolingKernels } from './pooling.ts';
import { type NativeKernel, runNative } from './recorder.ts';
import { reductionKernels } from './reductions.ts';
import { resizeKernels } from './resize.ts';
import { responseKernels } from './response-normalisation.ts';
import { shapeKernels } from './shapes.ts';
import { volumeKernels } from './volumes.ts';

const nativeKernels: Readonly<Record<string, NativeKernel>> = withComplex({
  ...elementwiseKernels,
  ...reductionKernels,
  ...shapeKernels,
  ...fillingKernels,
  ...blockKernels,
  ...indexingKernels,
  ...countingKernels,
  ...matrixKernels,
  ...convolutionKernels,
  ...formatKernels,
  ...depthwiseGradientKernels,
  ...volumeKernels,
  ...poolingKernels,
  ...morphologyKernels,
  ...normalisationKernels,
  ...responseKernels,
  ...resizeKernels,
  ...fusedKernels,
  ...complexKernels,
});

function kernelFunction(kernelName: string, onCpu: tf.KernelFunc | undefined): tf.KernelFunc {
  const native = nativeKernels[kernelName];
  return ({ inputs, attrs, backend }) => {
    const ours = backend as OnnxruntimeBackend;
    const recorded = native && runNative(kernelName, native, inputs as never, attrs, ours);
    if (recorded) return recorded;
    if (!onCpu)
      throw new Error(
        `${kernelName}: got inputs that its native version does not take, and tfjs-cpu has none`,
      );
    ours.kernelFallsBack(kernelName);
    return onCpu({ inputs, attrs, backend });
  };
}

/** Gives the backend its native kernels, and all of tfjs-cpu's for the rest. */
export function registerKernels(backendName: string): void {
  const names = new Set(Object.keys(nativeKernels));
  for (const { kernelName, kernelFunc } of tf.getKernelsForBackend('cpu')) {
    names.delete(kernelName);
    tf.registerKernel({ kernelName, backendName, kernelFunc: kernelFunction(kernelName, kernelFunc) });
  }
  for (const kernelName of names) {
    tf.registerKernel({ kernelName, backendName, kernelFunc: kernelFunction(kernelName, undefined) });
  }
}
