import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { BatchNormKernelAttributes } from '../kernels/composed-batch-norm.ts';
import { heapOf } from './heap.ts';
import type { WasmKernelCall } from './wasm-kernel.ts';

type Call = WasmKernelCall<BatchNormKernelAttributes>;

const columnsOf = (x: TensorInfo): number => x.shape[x.shape.length - 1];
const sizeOf = (x: TensorInfo): number => x.shape.reduce((a, b) => a * b, 1);

export function wasmBatchNorm({ inputs: { x, gain, bias }, attributes, backend }: Call): TensorInfo[] {
  const heap = heapOf(backend);
  const columns = columnsOf(x);
  const rows = sizeOf(x) / columns;
  const [y, mean, variance] = [heap.output(x.shape), heap.output([columns]), heap.output([columns])];
  const [xAt, gainAt, biasAt, meanAt, varianceAt] = [x, gain, bias, mean, variance].map(heap.address);
  heap.scratch(columns * 8, (scaleAt) => {
    const shiftAt = scaleAt + columns * 4;
    const means = heap.floats(meanAt, columns).fill(0);
    heap.loops.columnSums(xAt, rows, columns * 4, meanAt);
    for (let c = 0; c < columns; c++) means[c] /= rows;
    const variances = heap.floats(varianceAt, columns).fill(0);
    heap.loops.centredSquares(xAt, rows, columns * 4, meanAt, varianceAt);
    const gains = heap.floats(gainAt, columns);
    const biases = heap.floats(biasAt, columns);
    const scales = heap.floats(scaleAt, columns);
    const shifts = heap.floats(shiftAt, columns);
    for (let c = 0; c < columns; c++) {
      variances[c] /= rows;
      scales[c] = gains[c] / Math.sqrt(variances[c] + attributes.epsilon);
    }
    shifts.set(biases);
    heap.loops.centreScaleShift(xAt, rows, columns * 4, meanAt, scaleAt, shiftAt, heap.address(y));
  });
  return [y, mean, variance];
}

export function wasmBatchNormGradient({ inputs, attributes, backend }: Call): TensorInfo[] {
  const { dy, x, gain, mean, variance } = inputs;
  const heap = heapOf(backend);
  const columns = columnsOf(x);
  const rows = sizeOf(x) / columns;
  const [dx, dGain, dBias] = [heap.output(x.shape), heap.output([columns]), heap.output([columns])];
  const [dyAt, xAt, gainAt, meanAt, varianceAt] = [dy, x, gain, mean, variance].map(heap.address);
  const [dGainAt, dBiasAt] = [dGain, dBias].map(heap.address);
  heap.scratch(columns * 12, (scaleAt) => {
    const [slopeAt, offsetAt] = [scaleAt + columns * 4, scaleAt + columns * 8];
    const dBiases = heap.floats(dBiasAt, columns).fill(0);
    const dGains = heap.floats(dGainAt, columns).fill(0);
    const operands = [dyAt, xAt, rows, columns * 4];
    heap.loops.gradientSums(...operands, meanAt, dBiasAt, dGainAt);
    const gains = heap.floats(gainAt, columns);
    const variances = heap.floats(varianceAt, columns);
    const scales = heap.floats(scaleAt, columns);
    const slopes = heap.floats(slopeAt, columns);
    const offsets = heap.floats(offsetAt, columns);
    for (let c = 0; c < columns; c++) {
      const inverse = 1 / Math.sqrt(variances[c] + attributes.epsilon);
      dGains[c] *= inverse;
      scales[c] = gains[c] * inverse;
      slopes[c] = (scales[c] * inverse * dGains[c]) / rows;
      offsets[c] = (scales[c] * dBiases[c]) / rows;
    }
    heap.loops.normaliseGradient(...operands, scaleAt, meanAt, slopeAt, offsetAt, heap.address(dx));
  });
  return [dx, dGain, dBias];
}

export function wasmReluGradient({ inputs: { dy, y }, backend }: WasmKernelCall<unknown>): TensorInfo {
  const heap = heapOf(backend);
  const dx = heap.output(y.shape);
  const size = sizeOf(y);
  if (size) heap.loops.reluGradient(heap.address(dy), heap.address(y), 1, size * 4, heap.address(dx));
  return dx;
}
