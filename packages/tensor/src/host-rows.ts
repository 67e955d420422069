import { showShape, sizeOf } from './host-shape.ts';
import { ShapeError } from './shape-error.ts';
import type { HostTensor } from './tensor-backend.ts';

export function sliceRows(t: HostTensor, start: number, count: number): HostTensor {
  if (!(start >= 0 && count >= 0 && start + count <= t.shape[0])) {
    throw new ShapeError(
      `sliceRows: rows ${start} … ${start + count - 1} do not exist in shape ${showShape(t.shape)}`,
    );
  }
  const width = sizeOf(t.shape.slice(1));
  return { data: t.data.slice(start * width, (start + count) * width), shape: [count, ...t.shape.slice(1)] };
}

export function concatRows(tensors: readonly HostTensor[]): HostTensor {
  if (tensors.length === 0) throw new ShapeError('concatRows: got no tensor, but needs one or more');
  const [first] = tensors;
  const inner = showShape(first.shape.slice(1));
  const rows = tensors.reduce((sum, t) => sum + t.shape[0], 0);
  const size = rows * sizeOf(first.shape.slice(1));
  const integers = tensors.every((t) => t.data instanceof Int32Array);
  const data = integers ? new Int32Array(size) : new Float32Array(size);
  let at = 0;
  for (const t of tensors) {
    if (showShape(t.shape.slice(1)) !== inner) {
      throw new ShapeError(
        `concatRows: shapes ${showShape(first.shape)} and ${showShape(t.shape)} differ in more than their rows`,
      );
    }
    data.set(t.data, at);
    at += t.data.length;
  }
  return { data, shape: [rows, ...first.shape.slice(1)] };
}
