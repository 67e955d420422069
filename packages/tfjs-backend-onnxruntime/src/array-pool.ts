import type { ElementType, HostArray } from './graph/graph.ts';

const ARRAY = { float32: Float32Array, int32: Int32Array, int64: BigInt64Array, bool: Uint8Array };

/** Runs after which an array that nobody took is let go of. */
const KEPT_RUNS = 8;

interface Spare {
  array: HostArray;
  run: number;
}

/**
 * Arrays of values that nobody holds any more, for those of the next graphs. In a training loop the weights of the
 * step before last are written over by the next ones, and the garbage collector never sees them: fresh memory would
 * cost half as much time again as the step's elementwise operators.
 */
export class ArrayPool {
  private readonly spares = new Map<string, Spare[]>();
  private run = 0;
  /** Bytes of all spare arrays. */
  bytes = 0;

  /** An array of `length` numbers; any numbers may be in it. */
  take(type: ElementType, length: number): HostArray {
    const spare = this.spares.get(`${type}${length}`)?.pop();
    if (!spare) return new ARRAY[type](length);
    this.bytes -= spare.array.byteLength;
    return spare.array;
  }

  /** Nobody may hold the array. */
  give(type: ElementType, array: HostArray): void {
    if (array.byteLength === 0 || array.byteLength !== array.buffer.byteLength) return;
    const key = `${type}${array.length}`;
    const spares = this.spares.get(key) ?? [];
    spares.push({ array, run: this.run });
    this.spares.set(key, spares);
    this.bytes += array.byteLength;
  }

  /** To be called after every run. */
  endRun(): void {
    this.run++;
    for (const [key, spares] of this.spares) {
      // The oldest come first.
      while (spares.length > 0 && this.run - spares[0].run > KEPT_RUNS) {
        this.bytes -= spares.shift()!.array.byteLength;
      }
      if (spares.length === 0) this.spares.delete(key);
    }
  }

  clear(): void {
    this.spares.clear();
    this.bytes = 0;
  }
}
