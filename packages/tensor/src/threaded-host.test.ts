import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { watch } from '../test/watched-thread.ts';
import { DONE, FAILED, FULL, READY, type Setup, SIGNAL, STATE, slotAt } from './assign-slots.ts';
import { conformanceSuite } from './conformance.ts';
import { assignWith } from './host-assign.ts';
import {
  type AssignedRows,
  createKernelArrays,
  type HostTensor,
  hostBackend,
  NonFiniteError,
} from './index.ts';
import { sharedAssignKernel } from './shared-assign-kernel.generated.ts';
import { startThread } from './start-thread.ts';
import { ThreadedAssign } from './threaded-assign.ts';
import { createThreadedHost, ThreadError } from './threads.ts';
import { compile, webAssembly } from './web-assembly.ts';

const one = hostBackend();
const host = createThreadedHost({ threads: 3 });
afterAll(() => host.dispose());

function numbers(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}

const shared = (data: Float32Array): Float32Array => {
  const copy = new Float32Array(new SharedArrayBuffer(data.byteLength));
  copy.set(data);
  return copy;
};

/** Bit for bit; much faster than `toEqual`, which goes entry by entry. */
function expectSame(got: AssignedRows<HostTensor>, expected: AssignedRows<HostTensor>): void {
  for (const name of ['targets', 'assignments', 'rawAssignments'] as const) {
    const [a, b] = [got[name], expected[name]];
    expect(a.shape).toEqual(b.shape);
    const bytes = [a, b].map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    expect(bytes[0].equals(bytes[1]), `${name} differ`).toBe(true);
  }
}

const tensor = (data: Float32Array, shape: number[]): HostTensor => ({ data, shape });

function weights(clusters: number) {
  return {
    lower: tensor(numbers(clusters, 4), [clusters]),
    higher: tensor(numbers(clusters, 5), [clusters]),
  };
}

conformanceSuite(host.backend, { describe, it }, 'host, three threads');

const sizes = [
  [64, 4096],
  [37, 5003],
  [3, 70_000],
  [1000, 300],
  [5, 8],
];

describe.each(sizes)('%i rows of %i clusters', (rows, clusters) => {
  const z = numbers(rows * clusters, 1);

  it.each([true, false])('have the bits of one thread, balanced %s', async (balanced) => {
    const options = { weights: balanced ? weights(clusters) : undefined, temperature: 0.04 };
    const expected = one.fused!.assign!(tensor(z, [rows, clusters]), options);
    for (let turn = 0; turn < 5; turn++) {
      const got = host.backend.fused!.assign!(tensor(z, [rows, clusters]), options);
      expectSame(got, expected);
      const { similarities, targets } = createKernelArrays({ rows, clusters, shared: true });
      similarities.set(z);
      const there = tensor(similarities, [rows, clusters]);
      const direct = host.backend.fused!.assign!(there, { ...options, into: targets });
      expect(direct.targets.data).toBe(targets);
      expectSame(direct, expected);
      expect(similarities).toEqual(z);
      await pause(20); // threads that were not ready are by then
    }
  });
});

it.each([false, true])('threads do rows, once they have started, of kernel arrays %s', async (direct) => {
  const watched = watch(startThread());
  const assign = new ThreadedAssign(compile(sharedAssignKernel), [watched.thread]);
  const [rows, clusters] = [64, 4096];
  const arrays = createKernelArrays({ rows, clusters, shared: true });
  const z = tensor(direct ? arrays.similarities : new Float32Array(rows * clusters), [rows, clusters]);
  z.data.set(numbers(rows * clusters, 7));
  const into = direct ? arrays.targets : new Float32Array(rows * clusters);
  const run = () => assignWith(assign.fill)(z, { temperature: 0.04, into });
  run();
  expect(watched.memory()?.buffer === arrays.similarities.buffer).toBe(direct);
  await vi.waitUntil(watched.isReady, { timeout: 20_000 });
  const before = watched.done();
  run();
  expect(watched.done()).toBeGreaterThan(before);
  expect(into).toEqual(one.fused!.assign!(z, { temperature: 0.04 }).targets.data);
  assign.end();
});

it.each([false, true])(
  'rows of a thread that fails are done by the caller, of kernel arrays %s',
  async (direct) => {
    // Says that it is ready, and fails at all that it is given.
    const program = `
    const { parentPort } = require('node:worker_threads');
    parentPort.on('message', ({ control, epoch, slots, words }) => {
      for (const at of slots) Atomics.store(control, at + words.READY, epoch);
      for (;;) {
        const signal = Atomics.load(control, words.SIGNAL);
        for (const at of slots) {
          if (Atomics.load(control, at + words.STATE) !== words.FULL) continue;
          Atomics.store(control, at + words.STATE, words.FAILED);
          Atomics.add(control, words.DONE, 1);
          Atomics.notify(control, words.DONE);
        }
        Atomics.wait(control, words.SIGNAL, signal);
      }
    });`;
    const worker = new Worker(program, { eval: true });
    onTestFinished(async () => {
      await worker.terminate();
    });
    const words = { READY, SIGNAL, STATE, FULL, FAILED, DONE };
    const failing = watch({
      send: ({ control, epoch, slots }) =>
        worker.postMessage({ control, epoch, slots: slots.map(slotAt), words }),
      end: () => void worker.terminate(),
    });
    const assign = new ThreadedAssign(compile(sharedAssignKernel), [failing.thread]);
    const [rows, clusters] = [64, 4096];
    const arrays = createKernelArrays({ rows, clusters, shared: true });
    const z = tensor(direct ? arrays.similarities : new Float32Array(rows * clusters), [rows, clusters]);
    z.data.set(numbers(rows * clusters, 8));
    const into = direct ? arrays.targets : new Float32Array(rows * clusters);
    const run = () => assignWith(assign.fill)(z, { temperature: 0.04, into });
    run();
    await vi.waitUntil(failing.isReady, { timeout: 20_000 });
    into.fill(7);
    const before = failing.done();
    const got = run();
    expect(failing.done()).toBeGreaterThan(before);
    const plain = hostBackend({ simd: false }).fused!.assign!(z, { temperature: 0.04 });
    expect(got.assignments).toEqual(plain.assignments);
    expect(got.rawAssignments).toEqual(plain.rawAssignments);
    const expected = one.fused!.assign!(z, { temperature: 0.04 }).targets.data as Float32Array;
    // Every row is that of the kernel or that of JavaScript, to the bit, and both occur.
    const count = { kernel: 0, javascript: 0 };
    for (let row = 0; row < rows; row++) {
      const same = (other: Float32Array) => {
        const part = (data: Float32Array) => data.subarray(row * clusters, (row + 1) * clusters);
        return part(into).every((target, k) => target === part(other)[k]);
      };
      if (same(expected)) count.kernel++;
      else if (same(plain.targets.data as Float32Array)) count.javascript++;
    }
    expect(count.kernel + count.javascript).toBe(rows);
    expect(count.javascript).toBeGreaterThan(0);
  },
);

describe('by turns', () => {
  it('any arrays and numbers of clusters have the bits of one thread', async () => {
    const own = createThreadedHost({ threads: 3 });
    onTestFinished(() => own.dispose());
    const sizes = [
      [64, 4096],
      [300, 512],
      [9, 16],
      [40, 5003],
    ];
    const ways = sizes.flatMap(([rows, clusters]) => {
      const z = numbers(rows * clusters, 11);
      const options = { weights: weights(clusters), temperature: 0.04 };
      const expected = one.fused!.assign!(tensor(z, [rows, clusters]), options);
      const double = createKernelArrays({ rows: 2 * rows, clusters, shared: true });
      const upper = (data: Float32Array) => data.subarray(rows * clusters);
      const places = [
        createKernelArrays({ rows, clusters, shared: true }),
        { similarities: upper(double.similarities), targets: upper(double.targets) },
        createKernelArrays({ rows, clusters }),
        { similarities: new Float32Array(z.length), targets: new Float32Array(z.length) },
      ];
      return places.map(({ similarities, targets }) => () => {
        similarities.set(z);
        targets.fill(7);
        const there = tensor(similarities, [rows, clusters]);
        expectSame(own.backend.fused!.assign!(there, { ...options, into: targets }), expected);
      });
    });
    let state = 5;
    for (let turn = 0; turn < 120; turn++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      ways[Math.floor((state / 2 ** 32) * ways.length)]();
      if (turn % 8 === 0) await pause(5);
    }
  });

  it('kernel arrays and others take no new memory, and no new setup for other rows of the same arrays', () => {
    const sent: Setup[] = [];
    const silent = { send: (setup: Setup) => void sent.push(setup), end() {} };
    const assign = new ThreadedAssign(compile(sharedAssignKernel), [silent]);
    const [rows, clusters] = [64, 4096];
    const arrays = createKernelArrays({ rows: 2 * rows, clusters, shared: true });
    const run = (similarities: Float32Array, into: Float32Array) =>
      assignWith(assign.fill)(tensor(similarities, [rows, clusters]), { temperature: 0.04, into });
    const size = rows * clusters;
    const part = (first: number) =>
      [arrays.similarities, arrays.targets].map((array) => array.subarray(first, first + size)) as [
        Float32Array,
        Float32Array,
      ];
    run(...part(0));
    run(...part(size));
    expect(sent.length).toBe(1);
    const ordinary: [Float32Array, Float32Array] = [new Float32Array(size), new Float32Array(size)];
    for (let turn = 0; turn < 3; turn++) {
      run(...ordinary);
      run(...part(0));
    }
    expect(new Set(sent.map(({ memory }) => memory)).size).toBe(2);
    assign.end();
  });

  it('plain JavaScript does the work where there is no room for the memory', () => {
    const assign = new ThreadedAssign(compile(sharedAssignKernel), []);
    const [rows, clusters] = [2, 300];
    const z = tensor(numbers(rows * clusters, 12), [rows, clusters]);
    const none = vi.spyOn(webAssembly, 'Memory').mockImplementation(() => {
      throw new RangeError('WebAssembly.Memory(): could not allocate memory');
    });
    try {
      const got = assignWith(assign.fill)(z, { temperature: 0.04 });
      expect(got).toEqual(hostBackend({ simd: false }).fused!.assign!(z, { temperature: 0.04 }));
      expect(none).toHaveBeenCalled();
    } finally {
      none.mockRestore();
    }
  });
});

it('works in place, in memory of either kind', () => {
  const [rows, clusters] = [40, 5000];
  const z = numbers(rows * clusters, 2);
  const options = { weights: weights(clusters), temperature: 0.04 };
  const expected = one.fused!.assign!(tensor(z, [rows, clusters]), options);
  for (const data of [z.slice(), shared(z)]) {
    const got = host.backend.fused!.assign!(tensor(data, [rows, clusters]), { ...options, into: data });
    expect(got.targets.data).toBe(data);
    expectSame(got, expected);
  }
});

it('names the first entry that is not finite, and goes on after it', () => {
  const [rows, clusters] = [60, 4096];
  const z = numbers(rows * clusters, 3);
  const options = { temperature: 0.04 };
  const expected = one.fused!.assign!(tensor(z, [rows, clusters]), options);
  for (const [first, later] of [
    [0, 59],
    [31, 32],
    [7, 58],
  ]) {
    const broken = z.slice();
    broken[first * clusters + 17] = Number.NaN;
    broken[later * clusters + 3] = Infinity;
    const run = () => host.backend.fused!.assign!(tensor(broken, [rows, clusters]), options);
    expect(run).toThrow(NonFiniteError);
    expect(run).toThrow(`similarities[${first}, 17] is NaN`);
    expectSame(host.backend.fused!.assign!(tensor(z, [rows, clusters]), options), expected);
  }
});

it('goes on with one thread after dispose', () => {
  const own = createThreadedHost({ threads: 2 });
  const z = tensor(numbers(50 * 4096, 6), [50, 4096]);
  const expected = one.fused!.assign!(z, { temperature: 0.04 });
  expectSame(own.backend.fused!.assign!(z, { temperature: 0.04 }), expected);
  own.dispose();
  own.dispose();
  expectSame(own.backend.fused!.assign!(z, { temperature: 0.04 }), expected);
});

it('lets a program end that does not dispose of it', async () => {
  const program = `
    import { createThreadedHost } from '${new URL('./threads.ts', import.meta.url)}';
    const { backend } = createThreadedHost({ threads: 2 });
    const z = { data: new Float32Array(64 * 4096), shape: [64, 4096] };
    await new Promise((resolve) => setTimeout(resolve, 300));
    backend.fused.assign(z, { temperature: 0.04 });
    console.log('done');`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--conditions=@excb/source', '--input-type=module', '-e', program],
    { cwd: fileURLToPath(new URL('.', import.meta.url)), timeout: 30_000 },
  );
  expect(stdout).toBe('done\n');
});

describe('what cannot be', () => {
  it.each([0, 1.5, -1, Number.NaN])('%s threads', (threads) => {
    expect(() => createThreadedHost({ threads })).toThrow(ThreadError);
    expect(() => createThreadedHost({ threads })).toThrow(
      `threads is ${threads}, but must be a whole number`,
    );
  });

  it.each([
    ['SharedArrayBuffer', undefined, 'there is no SharedArrayBuffer here'],
    ['WebAssembly', undefined, 'threads cannot be started here'],
    ['process', {}, 'threads cannot be started here'],
  ])('threads without %s', async (name, replacement, message) => {
    vi.resetModules();
    vi.stubGlobal(name, replacement);
    try {
      const fresh = await import('./threads.ts');
      expect(() => fresh.createThreadedHost({ threads: 2 })).toThrow(fresh.ThreadError);
      expect(() => fresh.createThreadedHost({ threads: 2 })).toThrow(message);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
