import { broadcast_util, type KernelFunc, type TensorInfo } from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors/shape-error.ts';
import { align } from './gather-multiply.ts';
import { type Heap, heapOf } from './heap.ts';
import { ROW_GROUP } from './multiply-program.ts';
import { packPanels, panelBytes, panelCount } from './panels.ts';
import { wasmKernel } from './wasm-kernel.ts';

const PACKED_BYTES = 96 * 1024;
/** Below this many rows, packing the right factor costs more than the product. */
const FEW_ROWS = 4;

interface Factor {
  address: number;
  rowStride: number;
  columnStride: number;
}

/** One product [rows, inner] · [inner, columns] into a dense result. */
function multiplyMatrices(
  heap: Heap,
  a: Factor,
  b: Factor,
  target: number,
  [rows, inner, columns]: [number, number, number],
): void {
  const layout = { taps: 1, inner };
  const fitting = Math.floor(PACKED_BYTES / (inner * 4 * ROW_GROUP)) * ROW_GROUP;
  const block = Math.max(ROW_GROUP, Math.min(Math.ceil(rows / ROW_GROUP) * ROW_GROUP, fitting));
  const panels = panelCount(columns) * panelBytes(layout);
  heap.scratch(panels + align(block * inner * 4) + 160, (panelsAt) => {
    const rowsAt = panelsAt + panels;
    const tile = rowsAt + align(block * inner * 4);
    const [tapList, runList] = [tile + 128, tile + 144];
    heap.integers(tapList, 1)[0] = 0;
    heap.integers(runList, 2).set([0, inner]);
    packPanels(heap, b.address, panelsAt, {
      columns,
      columnStride: b.columnStride,
      taps: 1,
      tapStride: 0,
      inner,
      innerStride: b.rowStride,
    });
    for (let first = 0; first < rows; first += block) {
      const groups = Math.ceil(Math.min(block, rows - first) / ROW_GROUP);
      heap.loops.pack(
        a.address,
        a.rowStride,
        first,
        rows - 1,
        groups,
        tapList,
        1,
        inner,
        a.columnStride,
        rowsAt,
      );
      heap.loops.multiply(
        rowsAt,
        groups,
        inner * 4 * ROW_GROUP,
        runList,
        1,
        panelsAt,
        panelBytes(layout),
        columns,
        target,
        columns * 4,
        first,
        rows - 1,
        tile,
      );
    }
  });
}

interface MatMulAttributes {
  transposeA: boolean;
  transposeB: boolean;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/**
 * tfjs's BatchMatMul for tfjs-wasm, transposes included (tfjs-wasm's own is about two times slower, and much slower
 * with a transpose). Few rows, and factors that are not float32, are left to `original`.
 */
export function wasmMatMul(original: KernelFunc): KernelFunc {
  return wasmKernel<MatMulAttributes>((call) => {
    const { a, b } = call.inputs;
    const { transposeA, transposeB } = call.attributes;
    const [aRows, aColumns] = a.shape.slice(-2);
    const [bRows, bColumns] = b.shape.slice(-2);
    const [rows, inner] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
    const [bInner, columns] = transposeB ? [bColumns, bRows] : [bRows, bColumns];
    if (inner !== bInner) {
      throw new ShapeError(
        'matMul',
        `factors of shape [${a.shape}]${transposeA ? ' transposed' : ''} and [${b.shape}]${transposeB ? ' transposed' : ''}`,
        `the same inner size (${inner} and ${bInner})`,
      );
    }
    const outer = broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const [aBatch, bBatch] = [sizeOf(a.shape.slice(0, -2)), sizeOf(b.shape.slice(0, -2))];
    const batch = sizeOf(outer);
    const float = a.dtype === 'float32' && b.dtype === 'float32';
    const fewRows = rows < FEW_ROWS && !transposeA && !transposeB && bBatch === 1;
    const cycles = (n: number) => n === 1 || n === batch;
    if (!float || fewRows || !cycles(aBatch) || !cycles(bBatch) || !rows || !columns || !inner || !batch) {
      return original({
        inputs: call.inputs,
        attrs: { transposeA, transposeB },
        backend: call.backend,
      }) as TensorInfo;
    }
    const heap = heapOf(call.backend);
    const out = heap.output([...outer, rows, columns]);
    const [aAt, bAt, outAt] = [a, b, out].map(heap.address);
    const factor = (address: number, shape: number[], transposed: boolean): Factor => {
      const width = shape[shape.length - 1] * 4;
      return { address, rowStride: transposed ? 4 : width, columnStride: transposed ? width : 4 };
    };
    for (let i = 0; i < batch; i++) {
      const aHere = aAt + (aBatch === 1 ? 0 : i) * rows * inner * 4;
      const bHere = bAt + (bBatch === 1 ? 0 : i) * columns * inner * 4;
      multiplyMatrices(
        heap,
        factor(aHere, a.shape, transposeA),
        factor(bHere, b.shape, transposeB),
        outAt + i * rows * columns * 4,
        [rows, inner, columns],
      );
    }
    return out;
  });
}
