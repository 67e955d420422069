import type { TensorBackend } from '@excb/tensor';

/** Some rows of features, row-major [rows, size]. */
export interface Tile {
  data: Float32Array;
  rows: number;
}

/** Dot products with the rows of one bank tile. */
export interface TileProducts {
  /**
   * Products of every query row with every bank row, [queries.rows, bank.rows]. The result belongs to the
   * multiplier and holds until its next call.
   */
  multiply(queries: Tile): Float32Array | Promise<Float32Array>;
  /** To be called before the bank tile is written again. */
  dispose(): void;
}

/** Makes ready to multiply with a bank tile of feature vectors of length `size`. */
export type TileMultiplier = (bank: Tile, size: number) => TileProducts;

/**
 * A multiplier on typed arrays. Each product is summed in double precision from the first feature to the last,
 * wherever it lies in its tile, so that equal rows get equal similarities.
 */
export function hostMultiplier(): TileMultiplier {
  let products = new Float32Array(0);
  return (bank, size) => ({
    multiply(queries) {
      const length = queries.rows * bank.rows;
      if (products.length < length) products = new Float32Array(length);
      multiplyBlocks(products, queries, bank, size);
      return products;
    },
    dispose() {},
  });
}

/**
 * A multiplier that runs `matMul` of a tensor backend; every tensor it makes is disposed. The bank tile is
 * transposed on the host: tfjs-wasm's product with a transposed matrix is many times slower than the plain one.
 */
export function backendMultiplier<T>(backend: TensorBackend<T>): TileMultiplier {
  let columns = new Float32Array(0);
  return (bank, size) => {
    if (columns.length < bank.data.length) columns = new Float32Array(bank.data.length);
    for (let row = 0; row < bank.rows; row++) {
      for (let d = 0; d < size; d++) columns[d * bank.rows + row] = bank.data[row * size + d];
    }
    const transposed = backend.fromHost(columns.subarray(0, size * bank.rows), [size, bank.rows]);
    return {
      async multiply(queries) {
        const product = backend.scope(() =>
          backend.matMul(
            backend.fromHost(queries.data.subarray(0, queries.rows * size), [queries.rows, size]),
            transposed,
          ),
        );
        try {
          return (await backend.toHost(product)).data as Float32Array;
        } finally {
          backend.dispose(product);
        }
      },
      dispose: () => backend.dispose(transposed),
    };
  };
}

/** Blocks of 3 queries × 4 bank rows: the sums stay in registers, each loaded value is used 3 or 4 times. */
function multiplyBlocks(out: Float32Array, queries: Tile, bank: Tile, size: number): void {
  const a = queries.data;
  const b = bank.data;
  const columns = bank.rows;
  const wholeRows = queries.rows - (queries.rows % 3);
  const wholeColumns = columns - (columns % 4);
  for (let column = 0; column < wholeColumns; column += 4) {
    const b0 = column * size;
    const b1 = b0 + size;
    const b2 = b1 + size;
    const b3 = b2 + size;
    for (let row = 0; row < wholeRows; row += 3) {
      const a0 = row * size;
      const a1 = a0 + size;
      const a2 = a1 + size;
      let s00 = 0;
      let s01 = 0;
      let s02 = 0;
      let s03 = 0;
      let s10 = 0;
      let s11 = 0;
      let s12 = 0;
      let s13 = 0;
      let s20 = 0;
      let s21 = 0;
      let s22 = 0;
      let s23 = 0;
      for (let d = 0; d < size; d++) {
        const y0 = b[b0 + d];
        const y1 = b[b1 + d];
        const y2 = b[b2 + d];
        const y3 = b[b3 + d];
        const x0 = a[a0 + d];
        s00 += x0 * y0;
        s01 += x0 * y1;
        s02 += x0 * y2;
        s03 += x0 * y3;
        const x1 = a[a1 + d];
        s10 += x1 * y0;
        s11 += x1 * y1;
        s12 += x1 * y2;
        s13 += x1 * y3;
        const x2 = a[a2 + d];
        s20 += x2 * y0;
        s21 += x2 * y1;
        s22 += x2 * y2;
        s23 += x2 * y3;
      }
      const o0 = row * columns + column;
      const o1 = o0 + columns;
      const o2 = o1 + columns;
      out[o0] = s00;
      out[o0 + 1] = s01;
      out[o0 + 2] = s02;
      out[o0 + 3] = s03;
      out[o1] = s10;
      out[o1 + 1] = s11;
      out[o1 + 2] = s12;
      out[o1 + 3] = s13;
      out[o2] = s20;
      out[o2 + 1] = s21;
      out[o2 + 2] = s22;
      out[o2 + 3] = s23;
    }
  }
  for (let row = 0; row < queries.rows; row++) {
    const from = row < wholeRows ? wholeColumns : 0;
    for (let column = from; column < columns; column++) {
      let sum = 0;
      for (let d = 0; d < size; d++) sum += a[row * size + d] * b[column * size + d];
      out[row * columns + column] = sum;
    }
  }
}
