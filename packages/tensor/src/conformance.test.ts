import { describe, expect, it } from 'vitest';
import { ConformanceError, conformanceSuite } from './conformance.ts';
import { hostBackend } from './host-backend.ts';
import type { HostTensor, TensorBackend } from './tensor-backend.ts';

type Host = TensorBackend<HostTensor>;
type Test = [name: string, body: () => Promise<void>];

/** Runs the suite as a test runner would; gives the tests and the operations that the failures name. */
async function failuresOf(backend: Parameters<typeof conformanceSuite<HostTensor>>[0]) {
  const tests: Test[] = [];
  const it = (...test: Test) => tests.push(test);
  conformanceSuite(backend, { describe: (_, body) => body(), it });
  const operations = new Set<string>();
  for (const [name, body] of tests) {
    await body().catch((error: unknown) => {
      if (!(error instanceof ConformanceError)) throw error;
      expect(name.startsWith(`${error.operation}:`)).toBe(true);
      operations.add(error.operation);
    });
  }
  return { tests: tests.map(([name]) => name), operations: [...operations] };
}

function withWrongEntry(t: HostTensor): HostTensor {
  const data = t.data.slice();
  data[data.length - 1] += 1;
  return { data, shape: t.shape };
}

const host = hostBackend();
const computing = (Object.keys(host) as (keyof Host)[]).filter(
  (key) => !['name', 'fromHost', 'toHost', 'shape', 'dispose', 'scope', 'keep', 'fused'].includes(key),
);

describe('conformance suite', () => {
  it('passes the host backend, given as it is, by a function and by a promise', async () => {
    for (const backend of [host, () => host, async () => host]) {
      expect((await failuresOf(backend)).operations).toEqual([]);
    }
  });

  it('has a test for every operation of the interface', async () => {
    const { tests } = await failuresOf(host);
    for (const operation of [...computing, 'fromHost', 'toHost', 'scope', 'keep', 'fused.assign']) {
      expect(tests.filter((name) => name.startsWith(`${operation}:`))).not.toEqual([]);
    }
  });

  it.each(computing)('fails a backend with a wrong %s at that operation', async (operation) => {
    const right = host[operation] as (...values: unknown[]) => HostTensor;
    const broken = { ...host, [operation]: (...values: unknown[]) => withWrongEntry(right(...values)) };
    expect((await failuresOf(broken)).operations).toEqual([operation]);
  });

  it.each<[string, string, (b: Host) => Partial<Host>]>([
    ['argMax', 'takes the last of equal entries', () => ({ argMax: lastArgMax })],
    ['add', 'writes into its argument', () => ({ add: addInPlace })],
    ['exp', 'keeps labels int32', (b) => ({ exp: (t) => ({ ...b.exp(t), data: like(t, b.exp(t)) }) })],
    ['sum', 'has a float32 accumulator', () => ({ sum: sumInFloat32 })],
    ['divide', 'floors labels', (b) => ({ divide: (x, y) => floorLabels(x, y, b) })],
    ['toHost', 'reads late', () => ({ dispose: (t) => void t.data.fill(Number.NaN), toHost: late })],
    [
      'sliceRows',
      'gives a wrong shape',
      (b) => ({ sliceRows: (t) => ({ ...b.sliceRows(t, 1, 1), shape: [9] }) }),
    ],
    ['fused.assign', 'forgets the boost', (b) => ({ fused: { assign: (z, o) => unboosted(b, z, o) } })],
  ])('fails at %s a backend that %s', async (operation, _, broken) => {
    expect((await failuresOf({ ...host, ...broken(host) })).operations).toEqual([operation]);
  });
});

function lastArgMax(t: HostTensor, axis = -1): HostTensor {
  const result = host.argMax(t, axis);
  if (axis === 0) return result;
  const width = t.shape[t.shape.length - 1];
  result.data.forEach((best, row) => {
    for (let k = 0; k < width; k++) {
      if (t.data[row * width + k] === t.data[row * width + best]) result.data[row] = k;
    }
  });
  return result;
}

function addInPlace(a: HostTensor, b: HostTensor | number): HostTensor {
  const sum = host.add(a, b);
  if (sum.data.length === a.data.length) a.data.set(sum.data);
  return sum;
}

function like(t: HostTensor, result: HostTensor): Float32Array | Int32Array {
  return t.data instanceof Int32Array ? Int32Array.from(result.data) : result.data;
}

function sumInFloat32(t: HostTensor, axis?: number, keepDims?: boolean): HostTensor {
  if (axis !== undefined) return host.sum(t, axis, keepDims);
  let sum = 0;
  for (const value of t.data) sum = Math.fround(sum + value);
  return { data: Float32Array.of(sum), shape: keepDims ? t.shape.map(() => 1) : [] };
}

function floorLabels(a: HostTensor, b: HostTensor | number, right: Host): HostTensor {
  const quotient = right.divide(a, b);
  const labels = a.data instanceof Int32Array;
  return labels ? { ...quotient, data: quotient.data.map(Math.floor) } : quotient;
}

async function late(t: HostTensor): Promise<HostTensor> {
  await Promise.resolve();
  return t;
}

function unboosted(
  right: Host,
  z: HostTensor,
  options: { weights?: { lower: HostTensor; higher: HostTensor }; temperature: number },
) {
  const result = right.fused!.assign!(z, options);
  const { weights, temperature } = options;
  if (!weights) return result;
  const one = (t: HostTensor) => right.add(right.multiply(t, 1), 0);
  const pulled = right.add(right.multiply(right.multiply(right.subtract(z, 1), weights.lower), 1), 1);
  const pushed = right.subtract(right.multiply(right.add(pulled, 1), weights.higher), 1);
  return { ...result, targets: right.softmax(right.divide(one(pushed), temperature)) };
}
