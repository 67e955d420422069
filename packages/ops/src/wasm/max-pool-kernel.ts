import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { forwardTaps } from './axis-taps.ts';
import { heapOf } from './heap.ts';
import type { WasmKernelCall } from './wasm-kernel.ts';

interface PoolAttributes {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** tfjs's MaxPoolGrad: tfjs-wasm's own loses the gradient of windows that hold no value above 0. */
export function wasmMaxPoolGradient({
  inputs: { dy, input, output },
  attributes: { filterSize, strides, pad, dimRoundingMode },
  backend,
}: WasmKernelCall<PoolAttributes>): TensorInfo {
  const heap = heapOf(backend);
  const shape = input.shape as [number, number, number, number];
  const info = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
  const { batchSize: images, inChannels: channels, inHeight, inWidth, outHeight, outWidth } = info;
  const dx = heap.output(shape);
  const [inputAt, outputAt, dyAt, dxAt] = [input, output, dy, dx].map(heap.address);
  heap.floats(dxAt, images * inHeight * inWidth * channels).fill(0);
  const rows = forwardTaps({
    input: inHeight,
    output: outHeight,
    kernel: info.filterHeight,
    stride: info.strideHeight,
    padding: info.padInfo.top,
  });
  const columns = forwardTaps({
    input: inWidth,
    output: outWidth,
    kernel: info.filterWidth,
    stride: info.strideWidth,
    padding: info.padInfo.left,
  });
  heap.scratch(info.filterHeight * info.filterWidth * 4, (tapList) => {
    const taps = heap.integers(tapList, info.filterHeight * info.filterWidth);
    for (let y = 0; y < outHeight; y++) {
      for (let x = 0; x < outWidth; x++) {
        let count = 0;
        for (const row of rows[y]) {
          for (const column of columns[x]) {
            taps[count++] = (row.source * inWidth + column.source) * channels * 4;
          }
        }
        const pooled = (y * outWidth + x) * channels * 4;
        heap.loops.maxPoolGradient(
          inputAt,
          dxAt,
          outputAt + pooled,
          dyAt + pooled,
          images,
          inHeight * inWidth * channels * 4,
          outHeight * outWidth * channels * 4,
          tapList,
          count,
          channels * 4,
        );
      }
    }
  });
  return dx;
}
