import { engine, type Tensor } from '@tensorflow/tfjs-core';

/** The same values (and memory) as a new tensor that no gradient passes through. */
export function stopGradient<T extends Tensor>(x: T): T {
  const { dataId, shape, dtype } = x;
  const { backend } = engine().state.tensorInfo.get(dataId)!;
  backend.incRef(dataId);
  return engine().makeTensorFromTensorInfo({ dataId, shape, dtype }, backend) as T;
}
