import type { KernelFunc, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import { heapOf } from './heap.ts';
import { wasmKernel } from './wasm-kernel.ts';

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** tfjs's Tile for tfjs-wasm, in copies of whole blocks; what is not float32 is left to `original`. */
export function wasmTile(original: KernelFunc): KernelFunc {
  return wasmKernel<{ reps: number[] }>(({ inputs: { x }, attributes: { reps }, backend }) => {
    if (x.dtype !== 'float32' || !x.shape.length) {
      return original({ inputs: { x }, attrs: { reps } as NamedAttrMap, backend }) as TensorInfo;
    }
    const heap = heapOf(backend);
    const out = heap.output(x.shape.map((size, axis) => size * reps[axis]));
    const total = sizeOf(out.shape);
    if (!total) return out;
    const [xAt, outAt] = [x, out].map(heap.address);
    const from = heap.floats(xAt, sizeOf(x.shape));
    const to = heap.floats(outAt, total);
    tileAxis(from, to, { shape: x.shape, reps, axis: 0, read: 0, write: 0 });
    return out;
  });
}

interface Place {
  shape: number[];
  reps: number[];
  axis: number;
  read: number;
  write: number;
}

/** Writes the block of one index of the outer axes: its parts one after another, then that row again and again. */
function tileAxis(from: Float32Array, to: Float32Array, { shape, reps, axis, read, write }: Place): void {
  const source = sizeOf(shape.slice(axis));
  const written = source * sizeOf(reps.slice(axis));
  const once = written / reps[axis];
  if (once === source) {
    if (source === 1) {
      to.fill(from[read], write, write + written);
      return;
    }
    to.set(from.subarray(read, read + source), write);
  } else {
    const inner = { read: source / shape[axis], write: once / shape[axis] };
    for (let i = 0; i < shape[axis]; i++) {
      tileAxis(from, to, {
        shape,
        reps,
        axis: axis + 1,
        read: read + i * inner.read,
        write: write + i * inner.write,
      });
    }
  }
  for (let done = once; done < written; ) {
    const more = Math.min(done, written - done);
    to.copyWithin(write + done, write, write + more);
    done += more;
  }
}
