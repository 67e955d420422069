import * as jax from '@jax-js/jax';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { conformanceSuite } from './conformance.ts';
import { jaxBackend } from './jax-backend.ts';

// jax-js reads it, and Node has it from version 21 on only.
(globalThis as { navigator?: object }).navigator ??= {};

const { numpy: np } = jax;
/** Where jax-js keeps the arrays of its device `wasm`. */
const { Memory } = (
  globalThis as unknown as { WebAssembly: { Memory: { prototype: { grow(pages: number): number } } } }
).WebAssembly;

describe.each(['cpu', 'wasm'] as const)('jax-%s', (device) => {
  const start = () => {
    jax.defaultDevice(device);
    return jaxBackend(jax);
  };
  conformanceSuite(start, { describe, it }, `jax-${device}`);
});

describe('jax adapter', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });
  const backend = jaxBackend(jax);
  const vector = () => np.array([1, 2, 3]);

  it('leaves its arguments to the caller, and gives arrays that jax-js may use up', async () => {
    const a = vector();
    const b = backend.add(a, backend.multiply(a, a));
    expect(await np.add(b, a).data()).toEqual(Float32Array.of(3, 8, 15));
    expect([a.refCount, b.refCount]).toEqual([0, 0]);
    backend.dispose(b);
    expect(b.refCount).toBe(0);
  });

  it('disposes what a scope has made, but not what jax-js has used up, was kept or returned', () => {
    const a = vector();
    const made: jax.numpy.Array[] = [];
    const note = (t: jax.numpy.Array) => {
      made.push(t);
      return t;
    };
    const result = backend.scope(() => {
      note(backend.exp(a));
      np.negative(note(backend.abs(a))).dispose();
      backend.keep(note(backend.log(a)));
      const inner = backend.scope(() => [note(backend.sqrt(a))]);
      note(inner[0]);
      return { kept: note(backend.sum(a)) };
    });
    expect(made.map((t) => t.refCount)).toEqual([0, 0, 1, 0, 0, 1]);
    expect(a.refCount).toBe(1);
    for (const t of [a, made[2], result.kept]) t.dispose();
  });

  it('leaves no memory behind, operation by operation', async () => {
    jax.defaultDevice('wasm');
    const rows = 64;
    const clusters = 2048; // half a megabyte, eight pages of memory: a leak of one in some steps needs more of them
    const values = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i));
    const z = backend.fromHost(values(rows * clusters), [rows, clusters]);
    const row = backend.fromHost(values(clusters), [clusters]);
    const labels = backend.argMax(z);
    const operations = {
      fromHost: () => backend.fromHost(values(rows * clusters), [rows, clusters]),
      add: () => backend.add(z, row),
      divide: () => backend.divide(z, 3),
      equal: () => backend.equal(z, row),
      cast: () => backend.cast(z, 'int32'),
      matMul: () => backend.matMul(z, z, { transposeA: true }),
      sum: () => backend.sum(z),
      'sum of rows': () => backend.sum(z, -1),
      mean: () => backend.mean(z, 0),
      max: () => backend.max(z, -1),
      softmax: () => backend.softmax(z),
      logSoftmax: () => backend.logSoftmax(z),
      l2Normalise: () => backend.l2Normalise(z),
      countLabels: () => backend.countLabels(labels, clusters),
      gatherEntry: () => backend.gatherEntry(z, labels),
      scatterEntry: () => backend.scatterEntry(z, labels, backend.gatherEntry(z, labels)),
      sliceRows: () => backend.sliceRows(z, 1, 60),
      concatRows: () => backend.concatRows([z, z]),
      scope: () => backend.scope(() => backend.exp(backend.log(backend.abs(z)))),
    };
    const leaky: string[] = [];
    for (const [name, run] of Object.entries(operations)) {
      const step = async () => {
        const t = backend.scope(run);
        await backend.toHost(t);
        backend.dispose(t);
      };
      for (let i = 0; i < 3; i++) await step();
      const grow = vi.spyOn(Memory.prototype, 'grow');
      for (let i = 0; i < 12; i++) await step();
      if (grow.mock.calls.length > 0 || z.refCount !== 1) leaky.push(name);
      grow.mockRestore();
    }
    expect(leaky).toEqual([]);
    for (const t of [z, row, labels]) backend.dispose(t);
  });

  it('says what Node 20 lacks', () => {
    vi.stubGlobal('navigator', undefined);
    delete (globalThis as { navigator?: object }).navigator;
    expect(() => jaxBackend(jax)).toThrow('run `globalThis.navigator ??= {}` first');
  });
});
