export {
  type DeviceDescription,
  describeEngines,
  type EngineDescription,
} from './engines/describe-engines.ts';
export type { Device } from './engines/device.ts';
export { prepareBackend } from './engines/prepare-backend.ts';
export {
  type EngineName,
  type EngineOptions,
  type StartedEngine,
  startEngine,
} from './engines/start-engine.ts';
export { DeviceError } from './errors/device-error.ts';
export { EngineUnavailableError } from './errors/engine-unavailable-error.ts';
export { ShapeError } from './errors/shape-error.ts';
export { UnknownEngineError } from './errors/unknown-engine-error.ts';
export { type ConvolutionKernelAttributes, KERNELS } from './kernels/kernel-names.ts';
export { matMul, softmax } from './layers/attention.ts';
export { type BatchNormOptions, batchNorm, batchNormInference } from './layers/batch-norm.ts';
export { type ConvolutionOptions, conv2d } from './layers/conv2d.ts';
export { gelu } from './layers/gelu.ts';
export { l2Normalise } from './layers/l2-normalise.ts';
export { layerNorm } from './layers/layer-norm.ts';
export { linear } from './layers/linear.ts';
export { globalAveragePool, maxPool, type PoolOptions } from './layers/pooling.ts';
export { relu } from './layers/relu.ts';
export { softmaxCrossEntropy } from './layers/softmax-cross-entropy.ts';
export { stopGradient } from './layers/stop-gradient.ts';
