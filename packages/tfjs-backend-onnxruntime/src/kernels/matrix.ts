import * as tf from '@tensorflow/tfjs-core';
import type { Value } from '../graph/graph.ts';
import { type NativeKernel, type Recorder, range } from './recorder.ts';

const swapLast = (record: Recorder, x: Value): Value => {
  const rank = x.shape.length;
  return record.transpose(x, [...range(rank - 2), rank - 1, rank - 2]);
};

const batchMatMul: NativeKernel = ({ a, b }, attributes, record) => {
  const { transposeA, transposeB } = attributes as unknown as { transposeA: boolean; transposeB: boolean };
  const [left, right] = [record.value(a), record.value(b)];
  if (left.type === 'bool' || left.type !== right.type) record.decline();
  const inner = left.shape[left.shape.length - (transposeA ? 2 : 1)];
  const innerRight = right.shape[right.shape.length - (transposeB ? 1 : 2)];
  tf.util.assert(
    inner === innerRight,
    () =>
      `Error in matMul: inner shapes (${inner}) and (${innerRight}) of Tensors with shapes ${left.shape} and ${right.shape} and transposeA=${transposeA} and transposeB=${transposeB} must match.`,
  );
  if (left.type === 'float32') return record.matMul(left, right, transposeA, transposeB);
  // Only MatMul itself takes integers.
  return record.matMul(
    transposeA ? swapLast(record, left) : left,
    transposeB ? swapLast(record, right) : right,
  );
};

const einsum: NativeKernel = (inputs, attributes, record) => {
  const { equation } = attributes as unknown as { equation: string };
  const tensors = Object.values(inputs);
  const { allDims, summedDims, idDims } = tf.backend_util.decodeEinsumEquation(equation, tensors.length);
  tf.backend_util.checkEinsumDimSizes(allDims.length, idDims, tensors as tf.Tensor[]);
  const values = tensors.map((tensor) => record.value(tensor));
  if (values.some(({ type }) => type === 'bool' || type !== values[0].type)) record.decline();

  const lengths = allDims.map((_, dimension) => {
    const i = idDims.findIndex((dimensions) => dimensions.includes(dimension));
    return tensors[i].shape[idDims[i].indexOf(dimension)];
  });
  // The dimensions of the output come first among all.
  const shape = lengths.slice(0, allDims.length - summedDims.length);
  return record.op('Einsum', values, shape, { attributes: { equation: equation.replace(/\s/g, '') } });
};

export const matrixKernels: Record<string, NativeKernel> = {
  [tf.BatchMatMul]: batchMatMul,
  [tf.Einsum]: einsum,
};
