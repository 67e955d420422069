import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors/shape-error.ts';
import { type AxisGeometry, backwardTaps } from './axis-taps.ts';
import { gatherMultiply } from './gather-multiply.ts';
import { gatherOuter } from './gather-outer.ts';
import { heapOf } from './heap.ts';
import type { WasmKernelCall } from './wasm-kernel.ts';

type Shape4D = [number, number, number, number];
type ConvolutionInfo = backend_util.Conv2DInfo;

/** Attributes of tfjs's two convolution gradients. */
interface TfjsConvolutionAttributes {
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number;
  dataFormat?: 'NHWC' | 'NCHW';
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
  dilations?: [number, number] | number;
  inputShape?: Shape4D;
  filterShape?: Shape4D;
}

type Call = WasmKernelCall<TfjsConvolutionAttributes>;

function geometry(kernel: string, input: number[], filter: number[], attributes: TfjsConvolutionAttributes) {
  const { strides, pad, dataFormat, dimRoundingMode, dilations } = attributes;
  if (dataFormat === 'NCHW') throw new ShapeError(kernel, 'images in NCHW order', 'NHWC on the wasm engine');
  const info = backend_util.computeConv2DInfo(
    input as Shape4D,
    filter as Shape4D,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
  );
  if (info.dilationHeight !== 1 || info.dilationWidth !== 1) {
    throw new ShapeError(kernel, `dilations ${dilations}`, '1 on the wasm engine');
  }
  return info;
}

const rowsOf = (info: ConvolutionInfo): AxisGeometry => ({
  input: info.inHeight,
  output: info.outHeight,
  kernel: info.filterHeight,
  stride: info.strideHeight,
  padding: info.padInfo.top,
});

const columnsOf = (info: ConvolutionInfo): AxisGeometry => ({
  input: info.inWidth,
  output: info.outWidth,
  kernel: info.filterWidth,
  stride: info.strideWidth,
  padding: info.padInfo.left,
});

/** tfjs's Conv2DBackpropFilter, which tfjs-wasm lacks. */
export function wasmBackpropFilter({ inputs: { x, dy }, attributes, backend }: Call): TensorInfo {
  const heap = heapOf(backend);
  const filterShape = attributes.filterShape!;
  const info = geometry('Conv2DBackpropFilter', x.shape, filterShape, attributes);
  const filter = heap.output(filterShape);
  gatherOuter(heap, {
    images: info.batchSize,
    x: { address: heap.address(x), channels: info.inChannels },
    dy: { address: heap.address(dy), channels: info.outChannels },
    rows: rowsOf(info),
    columns: columnsOf(info),
    target: heap.address(filter),
    order: 'HWIO',
  });
  return filter;
}

/** tfjs's Conv2DBackpropInput; tfjs-wasm's own is a plain loop, many times slower. */
export function wasmBackpropInput({ inputs: { dy, filter }, attributes, backend }: Call): TensorInfo {
  const heap = heapOf(backend);
  const inputShape = attributes.inputShape!;
  const info = geometry('Conv2DBackpropInput', inputShape, filter.shape, attributes);
  const dx = heap.output(inputShape);
  const { inChannels, outChannels } = info;
  gatherMultiply(heap, {
    images: info.batchSize,
    source: {
      address: heap.address(dy),
      width: info.outWidth,
      height: info.outHeight,
      channels: outChannels,
    },
    target: { address: heap.address(dx), width: info.inWidth, height: info.inHeight, channels: inChannels },
    rowTaps: backwardTaps(rowsOf(info)),
    columnTaps: backwardTaps(columnsOf(info)),
    kernelWidth: info.filterWidth,
    weights: {
      address: heap.address(filter),
      layout: {
        columns: inChannels,
        columnStride: outChannels * 4,
        taps: info.filterHeight * info.filterWidth,
        tapStride: inChannels * outChannels * 4,
        inner: outChannels,
        innerStride: 4,
      },
    },
  });
  return dx;
}
