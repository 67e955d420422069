import { describe, expect, it } from 'vitest';
import { type AssignArrays, fillPlain } from './host-assign.ts';
import { createKernelArrays, type HostTensor, hostBackend, NonFiniteError, ShapeError } from './index.ts';
import { roomOf } from './kernel-arrays.ts';

const backend = hostBackend();

/** Numbers in −1 … 1, the same for the same seed. */
function numbers(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

const tensor = (data: Float32Array, shape: number[]): HostTensor => ({ data, shape });

function weights(clusters: number) {
  const make = (seed: number) => tensor(numbers(clusters, seed).map(Math.abs), [clusters]);
  return { lower: make(4), higher: make(5) };
}

const isDirect = (clusters: number, similarities: Float32Array, targets: Float32Array, shared = false) =>
  roomOf({ clusters, similarities, targets } as AssignArrays, shared) !== undefined;

describe.each([
  [7, 64],
  [3, 4096],
  [1, 16],
  [1100, 32],
  [5, 21],
])('%i rows of %i clusters', (rows, clusters) => {
  it.each([true, false])('give what ordinary arrays give, bit for bit, balanced %s', (balanced) => {
    const { similarities, targets } = createKernelArrays({ rows, clusters });
    expect(isDirect(clusters, similarities, targets)).toBe(clusters % 16 === 0);
    const options = { weights: balanced ? weights(clusters) : undefined, temperature: 0.04 };
    for (const seed of [1, 2]) {
      const z = numbers(rows * clusters, seed);
      // A row that the kernel leaves to JavaScript: entries whose targets differ by less than a rounding.
      if (seed === 2)
        z.subarray(0, clusters)
          .fill(0.4)
          .set([0.4 + 2 ** -25], clusters - 1);
      similarities.set(z);
      const temperature = seed === 2 ? 1 : 0.04;
      const expected = backend.fused!.assign!(tensor(z, [rows, clusters]), { ...options, temperature });
      const got = backend.fused!.assign!(tensor(similarities, [rows, clusters]), {
        ...options,
        temperature,
        into: targets,
      });
      expect(got.targets.data).toBe(targets);
      expect(got).toEqual(expected);
      expect(similarities).toEqual(z);
    }
  });
});

it('serve fewer rows, and rows from the middle', () => {
  const clusters = 48;
  const { similarities, targets } = createKernelArrays({ rows: 10, clusters });
  const z = numbers(10 * clusters, 3);
  similarities.set(z);
  for (const [first, last] of [
    [0, 4],
    [3, 10],
    [9, 10],
  ]) {
    const part = (array: Float32Array) => array.subarray(first * clusters, last * clusters);
    expect(isDirect(clusters, part(similarities), part(targets))).toBe(true);
    targets.fill(7);
    const into = part(targets);
    backend.fused!.assign!(tensor(part(similarities), [last - first, clusters]), { temperature: 0.04, into });
    const expected = backend.fused!.assign!(tensor(part(z), [last - first, clusters]), { temperature: 0.04 });
    expect(into).toEqual(expected.targets.data);
    expect(targets.filter((value) => value === 7).length).toBe((10 - last + first) * clusters);
  }
});

it('may be used in any other way, and then are copied', () => {
  const clusters = 32;
  const { similarities, targets } = createKernelArrays({ rows: 4, clusters });
  const z = numbers(4 * clusters, 5);
  const expected = backend.fused!.assign!(tensor(z, [4, clusters]), { temperature: 0.04 });
  const other = createKernelArrays({ rows: 4, clusters });
  const ways: [string, Float32Array, Float32Array][] = [
    ['targets into the similarities', similarities, similarities],
    ['targets elsewhere', similarities, new Float32Array(4 * clusters)],
    ['targets into other kernel arrays', similarities, other.targets],
    ['the two exchanged', targets, similarities],
  ];
  for (const [name, from, into] of ways) {
    from.set(z);
    expect(isDirect(clusters, from, into), name).toBe(name === 'the two exchanged');
    const got = backend.fused!.assign!(tensor(from, [4, clusters]), { temperature: 0.04, into });
    expect(got.targets.data, name).toEqual(expected.targets.data);
  }
  // As 8 rows of 16: another number of clusters than they were made for.
  similarities.set(z);
  expect(isDirect(16, similarities, targets)).toBe(false);
  const narrow = backend.fused!.assign!(tensor(similarities, [8, 16]), { temperature: 0.04, into: targets });
  expect(narrow).toEqual(backend.fused!.assign!(tensor(z, [8, 16]), { temperature: 0.04 }));
  expect(isDirect(clusters, similarities, targets, true)).toBe(false);
});

it('keep the entry that is not finite where it can be named', () => {
  const { similarities, targets } = createKernelArrays({ rows: 3, clusters: 16 });
  similarities.set(numbers(48, 6));
  similarities[37] = -Infinity;
  const run = () =>
    backend.fused!.assign!(tensor(similarities, [3, 16]), {
      weights: weights(16),
      temperature: 0.04,
      into: targets,
    });
  expect(run).toThrow(NonFiniteError);
  expect(run).toThrow('similarities[2, 5] is -Infinity');
});

it('begin with 0, apart from each other and from what the kernel needs', () => {
  const { similarities, targets } = createKernelArrays({ rows: 2, clusters: 7 });
  for (const array of [similarities, targets]) {
    expect(array.length).toBe(14);
    expect(array.every((value) => value === 0)).toBe(true);
    expect(array.byteOffset % 64).toBe(0);
  }
  expect(targets.byteOffset).toBeGreaterThanOrEqual(similarities.byteOffset + similarities.byteLength);
});

describe('where addresses pass 2 GiB', () => {
  it('rows are found all the same', () => {
    const [rows, clusters] = [5, 16];
    // Pages that nobody touches take no memory.
    const { targets } = createKernelArrays({ rows: 2 ** 24, clusters });
    const last = targets.subarray(targets.length - rows * clusters);
    const before = targets.subarray(targets.length - 2 * rows * clusters, targets.length - rows * clusters);
    expect(last.byteOffset).toBeGreaterThan(2 ** 31);
    before.set(numbers(rows * clusters, 8));
    expect(isDirect(clusters, before, last)).toBe(true);
    for (const balanced of [true, false]) {
      const options = { weights: balanced ? weights(clusters) : undefined, temperature: 0.04 };
      const got = backend.fused!.assign!(tensor(before, [rows, clusters]), { ...options, into: last });
      const expected = backend.fused!.assign!(tensor(before.slice(), [rows, clusters]), options);
      expect(got.targets.data).toEqual(expected.targets.data);
      expect(got.assignments).toEqual(expected.assignments);
    }
  });
});

describe('what cannot be', () => {
  it.each([
    [{ rows: 0, clusters: 4 }, 'rows is 0, but must be a whole number of 1 or more'],
    [{ rows: 3, clusters: 1.5 }, 'clusters is 1.5, but must be'],
    [{ rows: 8192, clusters: 65_536 }, '8192 rows of 65536 clusters take'],
  ])('%o', (options, message) => {
    expect(() => createKernelArrays(options)).toThrow(ShapeError);
    expect(() => createKernelArrays(options)).toThrow(message);
  });
});

it('are ordinary arrays for plain JavaScript', () => {
  const { similarities, targets } = createKernelArrays({ rows: 2, clusters: 16 });
  similarities.set(numbers(32, 9));
  const labels = () => new Int32Array(2);
  const arrays = { rows: 2, clusters: 16, similarities, targets, temperature: Math.fround(0.04) };
  fillPlain({ ...arrays, assignments: labels(), rawAssignments: labels() });
  const plain = hostBackend({ simd: false });
  const expected = plain.fused!.assign!(tensor(similarities.slice(), [2, 16]), { temperature: 0.04 });
  expect(targets).toEqual(expected.targets.data);
});
