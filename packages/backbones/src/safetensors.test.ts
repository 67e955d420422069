import { describe, expect, it } from 'vitest';
import { readSafetensors } from './read-safetensors.ts';
import { SafetensorsError } from './safetensors-error.ts';
import { MAX_HEADER_BYTES } from './safetensors-format.ts';
import type { StateDict } from './state-dict.ts';
import { writeSafetensors } from './write-safetensors.ts';

const dict: StateDict = new Map([
  ['layer.weight', { dtype: 'float32', shape: [2, 3], data: Float32Array.of(1, -2.5, 1e-30, 0, 3e38, -0) }],
  ['10', { dtype: 'int32', shape: [2], data: Int32Array.of(-7, 2147483647) }],
  ['2', { dtype: 'int64', shape: [], data: Int32Array.of(-3) }],
  ['empty', { dtype: 'float32', shape: [0, 4], data: new Float32Array(0) }],
  ['gewicht.ß', { dtype: 'float32', shape: [1], data: Float32Array.of(0.1) }],
]);

/** A file from header text and data bytes, with nothing checked. */
function file(header: string, data: ArrayLike<number> = []): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

function tensor(dtype: string, shape: number[], offsets: number[]): string {
  return JSON.stringify({ w: { dtype, shape, data_offsets: offsets } });
}

describe('safetensors', () => {
  it('gives back what was written: names in order, shapes, every bit, metadata', () => {
    const read = readSafetensors(writeSafetensors(dict, { format: 'pt', config: '{"a":1}' }));
    expect(read.tensors).toEqual(dict);
    expect(read.metadata).toEqual({ format: 'pt', config: '{"a":1}' });
    expect(Object.is(read.tensors.get('layer.weight')!.data[5], -0)).toBe(true);
  });

  it('writes the layout that the format describes', () => {
    const bytes = writeSafetensors(dict);
    const view = new DataView(bytes.buffer);
    const length = Number(view.getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + length));
    expect(header.trimEnd()).toBe(
      '{"layer.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},' +
        '"10":{"dtype":"I32","shape":[2],"data_offsets":[24,32]},' +
        '"2":{"dtype":"I64","shape":[],"data_offsets":[32,40]},' +
        '"empty":{"dtype":"F32","shape":[0,4],"data_offsets":[40,40]},' +
        '"gewicht.ß":{"dtype":"F32","shape":[1],"data_offsets":[40,44]}}',
    );
    expect(view.getFloat32(8 + length + 4, true)).toBe(-2.5);
    expect(view.getBigInt64(8 + length + 32, true)).toBe(-3n);
    expect(bytes.length).toBe(8 + length + 44);
  });

  it('reads from the middle of a larger buffer', () => {
    const bytes = writeSafetensors(dict);
    const larger = new Uint8Array(bytes.length + 13);
    larger.set(bytes, 5);
    expect(readSafetensors(larger.subarray(5, 5 + bytes.length)).tensors).toEqual(dict);
  });

  it('reads half precisions as float32', () => {
    const halves = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0xfc00, 0x7e00, 0x8000, 0x3555];
    const data = new Uint8Array(new Uint16Array(halves).buffer);
    const read = readSafetensors(file(tensor('F16', [9], [0, 18]), data)).tensors.get('w')!;
    expect(read.dtype).toBe('float32');
    const infinity = Number.POSITIVE_INFINITY;
    expect([...read.data]).toEqual([
      1,
      -2,
      65504,
      2 ** -24,
      infinity,
      -infinity,
      Number.NaN,
      -0,
      0.333251953125,
    ]);
    const brain = new Uint8Array(new Uint16Array([0x3f80, 0xc049, 0x7f80, 0x0001]).buffer);
    const wide = readSafetensors(file(tensor('BF16', [2, 2], [0, 8]), brain)).tensors.get('w')!;
    expect([...wide.data]).toEqual([1, -3.140625, infinity, 2 ** -133]);
  });

  it('refuses a file cut off anywhere', () => {
    const bytes = writeSafetensors(dict, { format: 'pt' });
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readSafetensors(bytes.subarray(0, length)), `${length} bytes`).toThrow(SafetensorsError);
    }
  });

  it.each([
    [
      'a header that is too long',
      new Uint8Array(new BigUint64Array([BigInt(MAX_HEADER_BYTES + 1)]).buffer),
      'limit',
    ],
    ['a header that is no JSON', file('hello'), 'not JSON'],
    ['a header that is no object', file('[1]'), 'not a JSON object'],
    ['bytes that are no UTF-8', Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe), 'not JSON'],
    ['a missing key', file('{"w":{"dtype":"F32","shape":[0]}}'), 'data_offsets'],
    ['a negative length', file(tensor('F32', [-1], [0, 0])), 'damaged'],
    ['an unknown type', file(tensor('F8_E4M3', [1], [0, 1]), [0]), 'F8_E4M3'],
    ['too many axes', file(tensor('F32', [1, 1, 1, 1, 1, 1, 1], [0, 4]), [0, 0, 0, 0]), '7 axes'],
    ['a shape that does not fit', file(tensor('F32', [2], [0, 4]), [0, 0, 0, 0]), 'needs 8 bytes'],
    ['data beyond the end', file(tensor('F32', [1], [0, 4])), 'cut off'],
    ['a hole before the data', file(tensor('F32', [1], [4, 8]), new Uint8Array(8)), 'expected'],
    ['data that nothing describes', file('{}', [1]), 'describes 0 bytes'],
    ['metadata that are not strings', file('{"__metadata__":{"a":1}}'), 'strings'],
    ['an integer beyond 32 bits', file(tensor('I64', [1], [0, 8]), [0, 0, 0, 0, 1, 0, 0, 0]), '4294967296'],
  ])('refuses %s', (_, bytes, part) => {
    expect(() => readSafetensors(bytes)).toThrow(SafetensorsError);
    expect(() => readSafetensors(bytes)).toThrow(part);
  });

  it('refuses to write what contradicts itself', () => {
    const wrong: StateDict = new Map([['w', { dtype: 'float32', shape: [3], data: new Float32Array(2) }]]);
    expect(() => writeSafetensors(wrong)).toThrow('w has 2 values, but its shape [3] holds 3');
    const own: StateDict = new Map([
      ['__metadata__', { dtype: 'float32', shape: [0], data: new Float32Array(0) }],
    ]);
    expect(() => writeSafetensors(own)).toThrow(SafetensorsError);
    const number = { step: 3 } as unknown as Record<string, string>;
    expect(() => writeSafetensors(new Map(), number)).toThrow('metadata step is number');
  });
});
