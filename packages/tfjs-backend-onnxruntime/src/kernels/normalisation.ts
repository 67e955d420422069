import { KERNELS } from '@excb/ops/kernels';
import * as tf from '@tensorflow/tfjs-core';
import { swapEnds } from '../graph/channel-order.ts';
import type { Value } from '../graph/graph.ts';
import { type NativeKernel, type Recorder, sizeOf } from './recorder.ts';

/** A batch as a matrix, one of whose axes is the channels. */
interface Matrix {
  value: Value;
  /** The axis that statistics are taken over. */
  axis: 0 | 1;
}

/** Images [n, h, w, c] with a row for each channel, anything else [..., c] with a column for each. */
function matrixOf(record: Recorder, x: Value): Matrix {
  const channels = x.shape[x.shape.length - 1];
  const positions = sizeOf(x.shape) / channels;
  if (x.shape.length === 4) {
    return { value: record.reshape(record.channelsFirst(x), [channels, positions]), axis: 1 };
  }
  return { value: record.reshape(x, [positions, channels]), axis: 0 };
}

function matrixBack(record: Recorder, matrix: Value, shape: readonly number[]): Value {
  if (shape.length !== 4) return record.reshape(matrix, shape);
  return record.channelsLast(record.reshape(matrix, swapEnds(shape)));
}

const combine = (record: Recorder, operator: string, a: Value, b: Value): Value =>
  record.op(operator, [a, b], a.shape);

/** [C] as it broadcasts against the matrix. */
const spread = (record: Recorder, { axis }: Matrix, vector: Value): Value =>
  axis === 0 ? vector : record.reshape(vector, [vector.shape[0], 1]);

/** 1/√(variance + ε). */
function inverseDeviation(record: Recorder, variance: Value, epsilon: number): Value {
  const total = combine(record, 'Add', variance, record.scalar(epsilon));
  return record.op('Reciprocal', [record.op('Sqrt', [total], total.shape)], total.shape);
}

/** Images: by the operator, which reads x twice and no more. */
function imageNorm(
  record: Recorder,
  rows: Value,
  gain: Value,
  bias: Value,
  epsilon: number,
): readonly Value[] {
  const [channels, positions] = rows.shape;
  const image = record.reshape(rows, [1, channels, positions]);
  // With momentum 0 the running statistics that come out are those of the batch. Those that go in do not count, but
  // the operator writes its results over them: each needs a buffer of its own that nothing else reads.
  const corner = record.reshape(record.slice(rows, [0, 0], [channels, 1]), [channels]);
  const scratch = ['Neg', 'Abs'].map((operator) => record.op(operator, [corner], [channels]));
  const [y, mean, variance] = record.ops(
    'BatchNormalization',
    [image, gain, bias, ...scratch],
    [
      { shape: image.shape, type: 'float32' },
      { shape: [channels], type: 'float32' },
      { shape: [channels], type: 'float32' },
    ],
    { training_mode: 1, momentum: { float: 0 }, epsilon: { float: epsilon } },
  );
  return [record.reshape(y, rows.shape), mean, variance];
}

/** Step by step, which keeps more digits where a mean is far from 0. */
function stepwiseNorm(
  record: Recorder,
  matrix: Matrix,
  gain: Value,
  bias: Value,
  epsilon: number,
): readonly Value[] {
  const { value, axis } = matrix;
  const all = (operator: string, a: Value, b: Value) => combine(record, operator, a, b);
  const wide = (vector: Value) => spread(record, matrix, vector);
  const mean = record.reduce('ReduceMean', value, [axis], false);
  const centred = all('Sub', value, wide(mean));
  const variance = record.reduce('ReduceMean', all('Mul', centred, centred), [axis], false);
  const scale = all('Mul', gain, inverseDeviation(record, variance, epsilon));
  return [all('Add', all('Mul', centred, wide(scale)), wide(bias)), mean, variance];
}

const batchNorm: NativeKernel = ({ x, gain, bias }, attributes, record) => {
  const { epsilon } = attributes as unknown as { epsilon: number };
  const matrix = matrixOf(record, record.value(x));
  // Only onnxruntime's CPU has the operator's training mode. A head has few rows, and needs the digits.
  const byOperator = record.device === 'cpu' && matrix.axis === 1;
  const [y, mean, variance] = byOperator
    ? imageNorm(record, matrix.value, record.value(gain), record.value(bias), epsilon)
    : stepwiseNorm(record, matrix, record.value(gain), record.value(bias), epsilon);
  return [matrixBack(record, y, x.shape), mean, variance];
};

/** From so many numbers a channel on, a convolution costs less than a product and a sum. */
const LONG_ROWS = 1024;

/** Every channel times its scale plus its shift. On rows, a 1×1 convolution of each by itself does both at once. */
function affine(record: Recorder, matrix: Matrix, scale: Value, shift: Value): Value {
  const { value, axis } = matrix;
  const [channels, positions] = value.shape;
  if (record.device !== 'cpu' || axis === 0 || positions < LONG_ROWS) {
    const scaled = combine(record, 'Mul', value, spread(record, matrix, scale));
    return combine(record, 'Add', scaled, spread(record, matrix, shift));
  }
  const image = record.reshape(value, [1, channels, 1, positions]);
  const kernels = record.reshape(scale, [channels, 1, 1, 1]);
  const y = record.op('Conv', [image, kernels, shift], image.shape, {
    attributes: { group: channels, kernel_shape: [1, 1] },
  });
  return record.reshape(y, value.shape);
}

/**
 * With s = 1/√(variance + ε): dBias = Σ dy, dGain = s·Σ dy·(x − mean), and
 * dx = a·dy − b·(x − mean) − c per channel, a = gain·s, b = a·s·dGain/rows, c = a·dBias/rows.
 */
const batchNormGradient: NativeKernel = ({ dy, x, gain, mean, variance }, attributes, record) => {
  const { epsilon } = attributes as unknown as { epsilon: number };
  const matrix = matrixOf(record, record.value(x));
  const gradient = matrixOf(record, record.value(dy)).value;
  const { value, axis } = matrix;
  const count = record.scalar(value.shape[axis]);
  const all = (operator: string, a: Value, b: Value) => combine(record, operator, a, b);
  const wide = (vector: Value) => spread(record, matrix, vector);

  const scale = inverseDeviation(record, record.value(variance), epsilon);
  const centred = all('Sub', value, wide(record.value(mean)));
  const dBias = record.reduce('ReduceSum', gradient, [axis], false);
  const along = record.reduce('ReduceSum', all('Mul', gradient, centred), [axis], false);
  const dGain = all('Mul', along, scale);
  const a = all('Mul', record.value(gain), scale);
  const b = all('Div', all('Mul', all('Mul', a, scale), dGain), count);
  const c = all('Div', all('Mul', a, dBias), count);
  const dx = all(
    'Sub',
    affine(record, { value: gradient, axis }, a, record.op('Neg', [c], c.shape)),
    all('Mul', centred, wide(b)),
  );
  return [matrixBack(record, dx, x.shape), dGain, dBias];
};

/** Inference with given statistics, of tfjs's own kernel. */
const fusedBatchNorm: NativeKernel = ({ x, mean, variance, offset, scale }, attributes, record) => {
  const { varianceEpsilon } = attributes as unknown as { varianceEpsilon: number };
  const value = record.value(x);
  const all = (operator: string, a: Value, b: Value) => combine(record, operator, a, b);
  if ([mean, variance, offset, scale].some((t) => t && t.shape.length > 1 && `${t.shape}` !== `${x.shape}`))
    record.decline();
  const deviation = record.value(variance);
  const root = record.op(
    'Sqrt',
    [record.op('Add', [deviation, record.scalar(varianceEpsilon)], deviation.shape)],
    deviation.shape,
  );
  let y = all('Div', all('Sub', value, record.value(mean)), root);
  if (scale) y = all('Mul', y, record.value(scale));
  return offset ? all('Add', y, record.value(offset)) : y;
};

export const normalisationKernels: Record<string, NativeKernel> = {
  [KERNELS.batchNorm]: batchNorm,
  [KERNELS.batchNormGradient]: batchNormGradient,
  [tf.FusedBatchNorm]: fusedBatchNorm,
};
