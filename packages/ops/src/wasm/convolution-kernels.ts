import type { TensorInfo } from '@tensorflow/tfjs-core';
import { convolutionGeometry } from '../kernels/convolution-geometry.ts';
import type { ConvolutionKernelAttributes } from '../kernels/kernel-names.ts';
import { backwardTaps, forwardTaps } from './axis-taps.ts';
import { gatherMultiply } from './gather-multiply.ts';
import { gatherOuter } from './gather-outer.ts';
import { heapOf } from './heap.ts';
import type { WasmKernelCall } from './wasm-kernel.ts';

type Call = WasmKernelCall<ConvolutionKernelAttributes>;

export function wasmConvolution({ inputs: { x, weight }, attributes, backend }: Call): TensorInfo {
  const heap = heapOf(backend);
  const { images, inputs, outputs, rows, columns } = convolutionGeometry(x.shape, weight.shape, attributes);
  const y = heap.output([images, rows.output, columns.output, outputs]);
  const taps = rows.kernel * columns.kernel;
  gatherMultiply(heap, {
    images,
    source: { address: heap.address(x), width: columns.input, height: rows.input, channels: inputs },
    target: { address: heap.address(y), width: columns.output, height: rows.output, channels: outputs },
    rowTaps: forwardTaps(rows),
    columnTaps: forwardTaps(columns),
    kernelWidth: columns.kernel,
    weights: {
      address: heap.address(weight),
      layout: {
        columns: outputs,
        columnStride: inputs * taps * 4,
        taps,
        tapStride: 4,
        inner: inputs,
        innerStride: taps * 4,
      },
    },
  });
  return y;
}

export function wasmInputGradient({ inputs: { dy, weight }, attributes, backend }: Call): TensorInfo {
  const heap = heapOf(backend);
  const shape = attributes.inputShape!;
  const { images, inputs, outputs, rows, columns } = convolutionGeometry(shape, weight.shape, attributes);
  const dx = heap.output(shape);
  const taps = rows.kernel * columns.kernel;
  gatherMultiply(heap, {
    images,
    source: { address: heap.address(dy), width: columns.output, height: rows.output, channels: outputs },
    target: { address: heap.address(dx), width: columns.input, height: rows.input, channels: inputs },
    rowTaps: backwardTaps(rows),
    columnTaps: backwardTaps(columns),
    kernelWidth: columns.kernel,
    weights: {
      address: heap.address(weight),
      layout: {
        columns: inputs,
        columnStride: taps * 4,
        taps,
        tapStride: 4,
        inner: outputs,
        innerStride: inputs * taps * 4,
      },
    },
  });
  return dx;
}

export function wasmWeightGradient({ inputs: { x, dy }, attributes, backend }: Call): TensorInfo {
  const heap = heapOf(backend);
  const shape = attributes.weightShape!;
  const { images, inputs, outputs, rows, columns } = convolutionGeometry(x.shape, shape, attributes);
  const gradient = heap.output(shape);
  gatherOuter(heap, {
    images,
    x: { address: heap.address(x), channels: inputs },
    dy: { address: heap.address(dy), channels: outputs },
    rows,
    columns,
    target: heap.address(gradient),
    order: 'OIHW',
  });
  return gradient;
}
