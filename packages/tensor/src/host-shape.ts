import { ShapeError } from './shape-error.ts';
import type { HostTensor } from './tensor-backend.ts';

/** `[2, 3]` as it stands in messages. */
export function showShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** How many entries a shape holds. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i];
  return size;
}

export function expectMatrix(operation: string, name: string, t: HostTensor): void {
  if (t.shape.length === 2) return;
  throw new ShapeError(`${operation}: ${name} has shape ${showShape(t.shape)}, but must be two-dimensional`);
}

/** The shape split around `axis`: entry (o, i, j) stands at (o·length + i)·inner + j. */
export function splitAxis(operation: string, shape: readonly number[], axis: number) {
  const at = axis < 0 ? axis + shape.length : axis;
  if (!(at >= 0 && at < shape.length)) {
    throw new ShapeError(`${operation}: axis ${axis} does not exist in shape ${showShape(shape)}`);
  }
  return { at, outer: sizeOf(shape.slice(0, at)), length: shape[at], inner: sizeOf(shape.slice(at + 1)) };
}

/** The shape that is left when `at` is reduced. */
export function reducedShape(shape: readonly number[], at: number, keepDims: boolean): number[] {
  return keepDims ? shape.map((size, i) => (i === at ? 1 : size)) : shape.filter((_, i) => i !== at);
}

/** NumPy's common shape of two. */
export function broadcastShape(operation: string, a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[i - rank + a.length] ?? 1;
    const right = b[i - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new ShapeError(
        `${operation}: shapes ${showShape(a)} and ${showShape(b)} do not fit together: make axis ${i - rank} equal, or 1`,
      );
    }
    return left === 1 ? right : left;
  });
}
