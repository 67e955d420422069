import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Value } from '../graph/graph.ts';
import type { NativeKernel, Recorder } from './recorder.ts';

const LAST: readonly number[] = [0, 2, 3, 1];
const FIRST: readonly number[] = [0, 3, 1, 2];

/** Which of a kernel's tensors are images: the others have no data format. */
interface Images {
  inputs: readonly string[];
  output: boolean;
}

/** A kernel of NHWC images made to take NCHW too: they are turned before it, and its output is turned back. */
export function inEitherFormat(kernel: NativeKernel, images: Images): NativeKernel {
  return (inputs, attributes, record) => {
    if (attributes.dataFormat !== 'NCHW') return kernel(inputs, attributes, record);
    const turned: Record<string, TensorInfo> = { ...inputs };
    for (const name of images.inputs) turned[name] = turn(record, inputs[name]);
    const { inputShape, pad } = attributes as { inputShape?: number[]; pad?: unknown };
    const given = {
      ...attributes,
      dataFormat: 'NHWC',
      ...(inputShape && { inputShape: LAST.map((axis) => inputShape[axis]) }),
      ...(Array.isArray(pad) && { pad: LAST.map((axis) => pad[axis]) }),
    };
    const made = kernel(turned, given as typeof attributes, record) as Value;
    return images.output ? record.transpose(made, FIRST) : made;
  };
}

const turn = (record: Recorder, tensor: TensorInfo): TensorInfo =>
  record.input(record.transpose(record.value(tensor), LAST));
