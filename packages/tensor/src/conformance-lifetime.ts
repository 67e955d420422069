import type { Trial } from './conformance-suite.ts';

/** From the host, back to it, and how long tensors live. */
export const lifetimeTrials: Trial[] = [
  {
    operation: 'fromHost',
    says: 'keeps entries, shape and type',
    async run(bench) {
      const { backend } = bench;
      const values = [1.5, -2, 3.25, 4, 5, 6];
      const floats = backend.fromHost(Float32Array.from(values), [2, 3]);
      await bench.expect(floats, { data: values, shape: [2, 3], tolerance: 0 });
      const labels = backend.fromHost(Int32Array.of(7, -8), [2]);
      await bench.expect(labels, { data: [7, -8], shape: [2], dtype: 'int32' });
      const number = backend.fromHost(Float32Array.of(0.5), []);
      await bench.expect(number, { data: [0.5], shape: [] });
      const cast = backend.fromHost(Float32Array.of(1, 2), [2], 'int32');
      await bench.expect(cast, { data: [1, 2], shape: [2], dtype: 'int32' });
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
      if (data[0] !== 3 || data[1] !== 4) bench.fail(`gave [${data.join(', ')}], expected [3, 4]`);
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
    operation: 'keep',
    says: 'keeps a tensor through the scopes around it',
    async run(bench) {
      const { backend } = bench;
      const held = backend.scope(() => {
        const inner = backend.scope(() => {
          const t = backend.keep(backend.fromHost(Float32Array.of(6, 7), [2]));
          return { hold: () => t };
        });
        return { hold: inner.hold };
      });
      await bench.expect(held.hold(), { data: [6, 7], shape: [2] });
    },
  },
];
