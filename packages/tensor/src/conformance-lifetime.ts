import { type Bench, list } from './conformance-bench.ts';
import { expectRoundTrip } from './conformance-round-trip.ts';
import type { Trial } from './conformance-trials.ts';
import type { TensorBackend } from './tensor-backend.ts';

/** Of operations whose result may be their argument, entry for entry: it must not be the same tensor. */
function outliving(operation: string, apply: <T>(backend: TensorBackend<T>, t: T) => T): Trial {
  return {
    operation,
    says: 'gives a tensor that outlives the one it came from',
    async run(bench) {
      const t = bench.backend.fromHost(Float32Array.of(1, 2, 3, 4), [2, 2]);
      const result = apply(bench.backend, t);
      const before = await bench.backend.toHost(result);
      const data = Array.from(before.data);
      bench.backend.dispose(t);
      await bench.expect(result, { data, shape: before.shape, tolerance: 0 });
    },
  };
}

/** From the host, back to it, and how long tensors live. */
export const lifetimeTrials: Trial[] = [
  {
    operation: 'fromHost',
    says: 'keeps entries, shape and type',
    run: (bench) => expectRoundTrip(bench.backend),
  },
  {
    operation: 'shape',
    says: 'gives a list that may be written to',
    async run(bench) {
      const t = bench.floats([1, 2, 3, 4, 5, 6], [2, 3]);
      bench.backend.shape(t).fill(9);
      const shape = bench.backend.shape(t);
      if (list(shape) !== '[2, 3]') bench.fail(`${list(shape)} the second time`, '[2, 3]');
    },
  },
  {
    operation: 'toHost',
    says: 'reads a tensor that is disposed right after the call',
    async run(bench) {
      const t = bench.backend.fromHost(Float32Array.of(3, 4), [2]);
      const reading = bench.backend.toHost(t);
      bench.backend.dispose(t);
      const { data } = await reading;
      if (list(data) !== '[3, 4]') bench.fail(list(data), '[3, 4]');
    },
  },
  {
    operation: 'scope',
    says: 'returns one tensor, a list and an object of them alive',
    async run(bench) {
      const { backend } = bench;
      const make = (value: number) => backend.fromHost(Float32Array.of(value), [1]);
      const one = backend.scope(() => {
        make(0);
        return make(1);
      });
      const many = backend.scope(() => [make(2), make(3)]);
      const named = backend.scope(() => ({ first: make(4), second: make(5) }));
      const all = [one, ...many, named.first, named.second];
      for (let i = 0; i < all.length; i++) await bench.expect(all[i], { data: [i + 1], shape: [1] });
    },
  },
  {
    operation: 'scope',
    says: 'lets an error through and goes on',
    async run(bench) {
      const { backend } = bench;
      const mistake = new Error('thrown inside a scope');
      let caught: unknown;
      const outer = backend.scope(() => {
        const t = backend.fromHost(Float32Array.of(1), [1]);
        try {
          backend.scope(() => {
            backend.fromHost(Float32Array.of(2), [1]);
            throw mistake;
          });
        } catch (error) {
          caught = error;
        }
        return t;
      });
      if (caught !== mistake) bench.fail(`${caught}`, 'the error that was thrown inside');
      await bench.expect(outer, { data: [1], shape: [1] });
    },
  },
  {
    operation: 'dispose',
    says: 'frees one tensor and no other',
    run: (bench) => expectRoundTrip(bench.backend),
  },
  outliving('cast', (backend, t) => backend.cast(t, 'float32')),
  outliving('sliceRows', (backend, t) => backend.sliceRows(t, 0, 2)),
  outliving('concatRows', (backend, t) => backend.concatRows([t])),
  {
    operation: 'keep',
    says: 'keeps a tensor through the scopes around it',
    async run<T>(bench: Bench<T>) {
      const { backend } = bench;
      const held: T[] = [];
      backend.scope(() => {
        backend.scope(() => {
          held.push(backend.keep(backend.fromHost(Float32Array.of(6, 7), [2])));
        });
      });
      await bench.expect(held[0], { data: [6, 7], shape: [2] });
    },
  },
];
