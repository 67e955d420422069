import type { Trial } from './conformance-trials.ts';

const TABLE = [1, 2, 3, 4, 5, 6, 7, 8];

/** Labels, single entries and whole rows. */
export const rowTrials: Trial[] = [
  {
    operation: 'countLabels',
    says: 'counts repeated labels and gives 0 for the others',
    async run(bench) {
      const { backend } = bench;
      await bench.expect(backend.countLabels(bench.labels([3, 0, 3, 3, 1, 0]), 5), {
        data: [2, 1, 0, 3, 0],
        shape: [5],
      });
      await bench.expect(backend.countLabels(bench.labels([0]), 1), { data: [1], shape: [1] });
      const many = Array.from({ length: 5000 }, (_, i) => (i * i) % 7);
      const counts = new Array<number>(7).fill(0);
      for (const label of many) counts[label]++;
      await bench.expect(backend.countLabels(bench.labels(many), 7), { data: counts, shape: [7] });
    },
  },
  {
    operation: 'gatherEntry',
    says: 'takes one entry of each row',
    async run(bench) {
      const t = bench.floats(TABLE, [4, 2]);
      const result = bench.backend.gatherEntry(t, bench.labels([1, 0, 0, 1]));
      await bench.expect(result, { data: [2, 3, 5, 8], shape: [4] });
      const one = bench.backend.gatherEntry(bench.floats([6], [1, 1]), bench.labels([0]));
      await bench.expect(one, { data: [6], shape: [1] });
    },
  },
  {
    operation: 'scatterEntry',
    says: 'sets one entry of each row of a copy',
    async run(bench) {
      const t = bench.floats(TABLE, [2, 4]);
      const result = bench.backend.scatterEntry(t, bench.labels([3, 0]), bench.floats([-1, 9.5]));
      await bench.expect(result, { data: [1, 2, 3, -1, 9.5, 6, 7, 8], shape: [2, 4], tolerance: 0 });
      const one = bench.backend.scatterEntry(bench.floats([6], [1, 1]), bench.labels([0]), bench.floats([2]));
      await bench.expect(one, { data: [2], shape: [1, 1], tolerance: 0 });
    },
  },
  {
    operation: 'sliceRows',
    says: 'takes rows, of labels too',
    async run(bench) {
      const { backend } = bench;
      const t = bench.floats(TABLE, [4, 2]);
      await bench.expect(backend.sliceRows(t, 1, 2), { data: [3, 4, 5, 6], shape: [2, 2] });
      await bench.expect(backend.sliceRows(bench.labels([5, 6, 7]), 2, 1), {
        data: [7],
        shape: [1],
        dtype: 'int32',
      });
    },
  },
  {
    operation: 'concatRows',
    says: 'puts rows one after the other, of labels too',
    async run(bench) {
      const { backend } = bench;
      const parts = [bench.floats([1, 2], [1, 2]), bench.floats([3, 4, 5, 6], [2, 2])];
      await bench.expect(backend.concatRows(parts), { data: [1, 2, 3, 4, 5, 6], shape: [3, 2] });
      const labels = [bench.labels([4]), bench.labels([9, 1])];
      await bench.expect(backend.concatRows(labels), { data: [4, 9, 1], shape: [3], dtype: 'int32' });
    },
  },
];
