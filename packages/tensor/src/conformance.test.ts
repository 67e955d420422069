import { describe, expect, it } from 'vitest';
import { ConformanceError, conformanceReport, conformanceSuite } from './conformance.ts';
import { hostBackend } from './host-backend.ts';
import type { HostTensor, TensorBackend } from './tensor-backend.ts';

type Host = TensorBackend<HostTensor>;
type Test = [name: string, body: () => Promise<void>];

/** Runs the suite as a test runner would; gives the tests, and of those that fail which operation they name. */
async function failuresOf(backend: Parameters<typeof conformanceSuite<HostTensor>>[0]) {
  const tests: Test[] = [];
  const it = (...test: Test) => tests.push(test);
  conformanceSuite(backend, { describe: (_, body) => body(), it });
  const failed: { name: string; error: ConformanceError }[] = [];
  for (const [name, body] of tests) {
    await body().catch((error: unknown) => {
      if (!(error instanceof ConformanceError)) throw error;
      failed.push({ name, error });
    });
  }
  return { tests: tests.map(([name]) => name), failed };
}

/** The operations whose tests failed. Each failure names the operation that its test is named after. */
async function brokenOperations(backend: Host): Promise<string[]> {
  const { failed } = await failuresOf(backend);
  for (const { name, error } of failed) {
    expect(name.split(':')[0]).toBe(error.operation);
    expect(error.message).toBe(`${error.operation}: got ${error.got}, expected ${error.expected}`);
  }
  return [...new Set(failed.map(({ error }) => error.operation))];
}

function withWrongEntry(t: HostTensor): HostTensor {
  const data = t.data.slice();
  data[data.length - 1] += 1;
  return { data, shape: t.shape };
}

const noKernel = new Error('no such kernel');
function failing(): never {
  throw noKernel;
}

const host = hostBackend();
const computing = (Object.keys(host) as (keyof Host)[]).filter(
  (key) => !['name', 'fromHost', 'toHost', 'shape', 'dispose', 'scope', 'keep', 'fused'].includes(key),
);

/** What every test needs. */
const foundation = ['fromHost', 'toHost', 'shape', 'dispose'] as const;

describe('conformance suite', () => {
  it('passes the host backend, given as it is, by a function and by a promise', async () => {
    for (const backend of [host, () => host, async () => host]) {
      expect((await failuresOf(backend)).failed).toEqual([]);
    }
  });

  it('has a test for every operation of the interface', async () => {
    const { tests } = await failuresOf(host);
    for (const operation of [...computing, ...foundation, 'scope', 'keep', 'fused.assign']) {
      expect(tests.filter((name) => name.startsWith(`${operation}:`))).not.toEqual([]);
    }
  });

  it.each(computing)('fails a backend with a wrong %s at that operation', async (operation) => {
    const right = host[operation] as (...values: unknown[]) => HostTensor;
    const broken = { ...host, [operation]: (...values: unknown[]) => withWrongEntry(right(...values)) };
    expect(await brokenOperations(broken)).toEqual([operation]);
  });

  it.each(computing)('fails a backend whose %s throws at that operation, and goes on', async (operation) => {
    const broken = { ...host, [operation]: failing };
    expect(await brokenOperations(broken)).toEqual([operation]);
    const { failed } = await failuresOf(broken);
    expect(failed[0].error).toMatchObject({ got: 'an exception (Error: no such kernel)', cause: noKernel });
  });

  it.each<[string, string, Partial<Host>]>([
    ['fromHost', 'sets a wrong entry', { fromHost: (...given) => withWrongEntry(host.fromHost(...given)) }],
    ['fromHost', 'turns axes round', { fromHost: (d, shape) => host.fromHost(d, shape.toReversed()) }],
    ['fromHost', 'forgets the type', { fromHost: (d, shape) => host.fromHost(d, shape, 'float32') }],
    ['fromHost', 'throws', { fromHost: failing }],
    ['toHost', 'reads a wrong entry', { toHost: async (t) => withWrongEntry(t) }],
    ['toHost', 'forgets the shape', { toHost: async ({ data }) => ({ data, shape: [data.length] }) }],
    ['toHost', 'rejects', { toHost: async () => failing() }],
    ['shape', 'leaves out the last axis', { shape: (t) => t.shape.slice(0, -1) }],
    ['shape', 'hands out its own list', { shape: (t) => t.shape }],
    ['shape', 'throws', { shape: failing }],
    ['dispose', 'throws', { dispose: failing }],
    ['dispose', 'frees everything', freeingEverything()],
    ['scope', 'gives nothing back', { scope: <R>(body: () => R) => void body() as R }],
    ['scope', 'swallows errors', { scope: swallowing }],
    ['keep', 'throws', { keep: failing }],
    ['keep', 'gives another tensor', { keep: withWrongEntry }],
  ])('names %s where it %s, and blames nothing else', async (operation, _, broken) => {
    const { failed } = await failuresOf({ ...host, ...broken });
    expect(new Set(failed.map(({ error }) => error.operation))).toEqual(new Set([operation]));
    const lines = await conformanceReport({ ...host, ...broken });
    expect(new Set(lines.filter(({ status }) => status === 'failed').map((line) => line.operation))).toEqual(
      new Set([operation]),
    );
  });

  it('reports op by op: what an operation gave, what was expected, what could not be tried', async () => {
    const lines = await conformanceReport({ ...host, argMax: lastArgMax });
    expect(lines.length).toBeGreaterThan(40);
    expect(lines.filter(({ status }) => status !== 'passed')).toEqual([
      {
        operation: 'argMax',
        says: 'takes the lowest index of equal entries',
        status: 'failed',
        got: '2 as entry 0 of [2, 1, 2, 2]',
        expected: '1',
      },
    ]);
    const blocked = await conformanceReport({ ...host, shape: failing });
    const status = (name: string) =>
      blocked.filter((line) => line.operation === name).map((line) => line.status);
    expect(status('shape')).toEqual(['failed']);
    expect(status('exp')).toEqual(['blocked']);
    const { failed } = await failuresOf({ ...host, shape: failing });
    expect(failed.find(({ name }) => name.startsWith('exp:'))?.error.message).toBe(
      'shape: got an exception (Error: no such kernel) (so exp cannot be tried), expected a result',
    );
  });

  it.each<[string, string, (b: Host) => Partial<Host>]>([
    ['argMax', 'takes the last of equal entries', () => ({ argMax: lastArgMax })],
    ['add', 'writes into its argument', () => ({ add: addInPlace })],
    ['exp', 'keeps labels int32', (b) => ({ exp: (t) => ({ ...b.exp(t), data: like(t, b.exp(t)) }) })],
    ['sum', 'has a float32 accumulator', () => ({ sum: sumInFloat32 })],
    ['divide', 'floors labels', (b) => ({ divide: (x, y) => floorLabels(x, y, b) })],
    ['toHost', 'reads late', (b) => ({ ...freeing(b), toHost: late })],
    ['cast', 'gives its argument back', (b) => ({ ...freeing(b), cast: b.cast })],
    [
      'sliceRows',
      'gives a wrong shape',
      (b) => ({ sliceRows: (t) => ({ ...b.sliceRows(t, 1, 1), shape: [9] }) }),
    ],
    ['fused.assign', 'forgets the boost', (b) => ({ fused: { assign: (z, o) => unboosted(b, z, o) } })],
  ])('fails at %s a backend that %s', async (operation, _, broken) => {
    expect(await brokenOperations({ ...host, ...broken(host) })).toEqual([operation]);
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

/** Disposed tensors hold NaN from then on. */
function freeing(right: Host): Partial<Host> {
  const copy = (t: HostTensor): HostTensor => ({ data: t.data.slice(), shape: t.shape });
  return {
    dispose: (t) => void t.data.fill(Number.NaN),
    toHost: async (t) => copy(t),
    cast: (t, dtype) => copy(right.cast(t, dtype)),
  };
}

function freeingEverything(): Partial<Host> {
  const all: HostTensor[] = [];
  const fromHost: Host['fromHost'] = (...given) => {
    all.push(host.fromHost(...given));
    return all[all.length - 1];
  };
  return { fromHost, dispose: () => void all.splice(0).map((t) => t.data.fill(Number.NaN)) };
}

function swallowing<R>(body: () => R): R {
  try {
    return body();
  } catch {
    return undefined as R;
  }
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
