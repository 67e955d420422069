import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';
import { ndarrayBackend, nestedArrayBackend } from './arrays.ts';
import { conformanceSuite } from './conformance.ts';
import { makeNested } from './nested-array.ts';
import { NonFiniteError } from './non-finite-error.ts';
import { ShapeError } from './shape-error.ts';
import type { DataType, TensorBackend } from './tensor-backend.ts';

const runner = { describe, it };
conformanceSuite(nestedArrayBackend(), runner, 'nested arrays');
conformanceSuite(ndarrayBackend(), runner, 'ndarray by structure');
conformanceSuite(ndarrayBackend(ndarray), runner, 'ndarray of scijs');
conformanceSuite(() => withInputs(ndarrayBackend(), columnMajor), runner, 'ndarray in column-major order');

/** The same backend with inputs of another form. */
function withInputs<T>(
  backend: TensorBackend<T>,
  make: (data: Float32Array | Int32Array, shape: number[]) => T,
) {
  const fromHost = (data: Float32Array | Int32Array, shape: readonly number[], dtype?: DataType) =>
    dtype ? backend.fromHost(data, shape, dtype) : make(data, [...shape]);
  return { ...backend, fromHost };
}

/** The last axis is the slowest, behind three entries that belong to nobody. */
function columnMajor(data: Float32Array | Int32Array, shape: number[]) {
  const [rows = 1, columns = 1] = shape;
  const turned =
    data instanceof Int32Array ? new Int32Array(data.length + 3) : new Float32Array(data.length + 3);
  data.forEach((value, i) => {
    turned[3 + (i % columns) * rows + Math.floor(i / columns)] = value;
  });
  return { data: turned, shape, stride: [1, rows].slice(0, shape.length), offset: 3 };
}

describe('nested arrays', () => {
  const backend = nestedArrayBackend();

  it('takes plain numbers, typed rows and whatever has data and a shape', async () => {
    const { add, toHost } = backend;
    const expected = { data: Float32Array.of(2, 3, 4, 5), shape: [2, 2] };
    expect(await toHost(add([[1, 2], [3, 4]], 1))).toEqual(expected); // biome-ignore format: one matrix
    expect(await toHost(add([Float32Array.of(1, 2), Float32Array.of(3, 4)], [1, 1]))).toEqual(expected);
    expect(await toHost(add([new Float64Array([1, 2]), new Float64Array([3, 4])], [[1], [1]]))).toEqual(
      expected,
    );
    expect(await toHost(add({ data: [1, 2, 3, 4], shape: [2, 2] }, 1))).toEqual(expected);
    expect((await toHost([Uint8Array.of(1), Int32Array.of(2)])).data).toEqual(Int32Array.of(1, 2));
    expect(await toHost([])).toEqual({ data: new Float32Array(0), shape: [0] });
    expect(backend.shape(backend.fromHost(new Float32Array(0), [0, 5]))).toEqual([0, 5]);
  });

  it('gives typed rows, in three dimensions too', () => {
    expect(backend.multiply([[[1, 2]], [[3, 4]]], 2)).toEqual([
      [Float32Array.of(2, 4)],
      [Float32Array.of(6, 8)],
    ]);
    expect(backend.argMax([[0, 1], [1, 0]])).toEqual(Int32Array.of(1, 0)); // biome-ignore format: one matrix
  });

  it('gives rows that share memory, so that they cost nothing', () => {
    const data = new Float32Array(6);
    const rows = makeNested({ data, shape: [2, 3] }) as Float32Array[];
    expect(rows.every((row) => row.buffer === data.buffer)).toBe(true);
  });

  it.each<[unknown, RegExp]>([
    [[[1, 2], [3]], /entry \[1\] of a nested array is \[1\], .* has shape \[2\]/],
    [[[1, 2], 3], /entry \[1\] of a nested array is 3/],
    [[[[1], [2]], [[3]]], /entry \[1\] of a nested array is \[1, 1\], .* shape \[2, 1\]/],
    ['abc', /abc is no array: pass nested arrays, or an object with data, shape, stride and offset/],
    [undefined, /undefined is no array/],
    [[BigInt64Array.of(1n)], /BigInts/],
  ])('says what is wrong with case %#', async (wrong, message) => {
    const reading = backend.toHost(wrong as number[]);
    await expect(reading).rejects.toThrow(ShapeError);
    await expect(reading).rejects.toThrow(message);
  });

  it('sees a NaN at once', () => {
    const run = () => backend.fused?.assign?.([[0, Number.NaN]], { temperature: 1 });
    expect(run).toThrow(NonFiniteError);
  });
});

describe('ndarray', () => {
  const matrix = ndarray(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
  const backend = ndarrayBackend(ndarray<Float32Array | Int32Array>);
  const entries = async (t: Parameters<typeof backend.toHost>[0]) =>
    Array.from((await backend.toHost(t)).data);

  it('reads views as they are meant', async () => {
    expect(await entries(matrix.transpose(1, 0))).toEqual([1, 4, 2, 5, 3, 6]);
    expect(await entries(matrix.lo(1, 1))).toEqual([5, 6]);
    expect(await entries(matrix.step(1, -1))).toEqual([3, 2, 1, 6, 5, 4]);
    expect(await entries(matrix.step(-1, -2))).toEqual([6, 4, 3, 1]);
    expect(await entries(matrix.pick(null, 1))).toEqual([2, 5]);
    expect(await entries(matrix.hi(0, 3))).toEqual([]);
  });

  it('gives what the constructor makes', () => {
    expect(backend.add(matrix, 1).get(1, 2)).toBe(7);
    const plain = ndarrayBackend().add(
      { data: Float32Array.of(1, 2), shape: [2, 1], stride: [1, 1], offset: 0 },
      1,
    );
    expect(plain).toEqual({ data: Float32Array.of(2, 3), shape: [2, 1], stride: [1, 1], offset: 0 });
  });

  it('does not copy what lies in order', async () => {
    const { data } = await backend.toHost(matrix.lo(1, 0));
    expect(data.buffer).toBe(matrix.data.buffer);
  });

  it('takes strides under the name of stdlib, and none', async () => {
    const loose = ndarrayBackend<{ data: number[]; shape: number[] }>((data, shape) => ({
      data: [...data],
      shape,
    }));
    const strided = { data: [1, 2, 3, 4], shape: [2, 2], strides: [1, 2], offset: 0 };
    expect((await loose.toHost(strided)).data).toEqual(Float32Array.of(1, 3, 2, 4));
    expect((await loose.toHost({ data: [1, 2], shape: [2] })).data).toEqual(Float32Array.of(1, 2));
  });

  it('says where a view reaches outside its data', () => {
    const wrong = { data: new Float32Array(5), shape: [2, 3], stride: [3, 1], offset: 0 };
    expect(() => ndarrayBackend().exp(wrong)).toThrow(/needs entries 0 … 5, but its data has 5/);
    expect(() => ndarrayBackend().exp({ ...wrong, shape: [2, 2], stride: [-1, 1] })).toThrow(
      /entries -1 … 1/,
    );
  });
});
