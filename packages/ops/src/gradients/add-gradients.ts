import { type GradConfig, getGradient, registerGradient, unregisterGradient } from '@tensorflow/tfjs-core';
import { binaryGradients } from './binary-gradients.ts';
import { flatGradients } from './flat-gradients.ts';
import { imageGradients } from './image-gradients.ts';
import { matrixGradients } from './matrix-gradients.ts';
import { reductionGradients } from './reduction-gradients.ts';
import { selectionGradients } from './selection-gradients.ts';
import { shapeGradients } from './shape-gradients.ts';
import { unaryGradients } from './unary-gradients.ts';

const GRADIENTS: readonly GradConfig[] = [
  ...binaryGradients,
  ...flatGradients,
  ...imageGradients,
  ...matrixGradients,
  ...reductionGradients,
  ...selectionGradients,
  ...shapeGradients,
  ...unaryGradients,
];

/**
 * Registers the gradients that training needs with tfjs (whose Node build has none), in place of those that are
 * there: tfjs's own for sums, means, tiles and a few more build tensors that are not needed. Safe to call again.
 */
export function addGradients(): void {
  for (const gradient of GRADIENTS) {
    const present = getGradient(gradient.kernelName);
    if (present === gradient) continue;
    if (present) unregisterGradient(gradient.kernelName);
    registerGradient(gradient);
  }
}
