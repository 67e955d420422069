import type { Trial } from './conformance-trials.ts';

const ROWS = 5;
const CLUSTERS = 4;
const SIMILARITIES = [
  [0.9, 0.95, -0.2, 0.1],
  [-0.8, -0.7, -0.71, -0.9],
  [0.5, 0.5, 0.5, 0.5],
  [1, -1, 0.3, 1],
  [0.2, 0.6, -0.1, 0.61],
].map((row) => row.map(Math.fround));
const LOWER = [1, 1, 0.4, 1].map(Math.fround);
const HIGHER = [0.5, 1, 1, 0.9].map(Math.fround);
const TEMPERATURE = 0.04;

function largest(row: number[]): number {
  return row.indexOf(Math.max(...row));
}

function softmax(row: number[]): number[] {
  const powers = row.map((value) => Math.exp((value - Math.max(...row)) / TEMPERATURE));
  return powers.map((power) => power / powers.reduce((a, b) => a + b));
}

function balanced(row: number[]): number[] {
  const moved = row.map((z, k) => (1 + (1 - (1 - z) * LOWER[k])) * HIGHER[k] - 1);
  moved[largest(moved)] *= 1.01;
  return moved.map((value) => Math.min(1, Math.max(-1, value)));
}

/** The fused steps, where a backend offers them. */
export const assignTrials: Trial[] = [true, false].map((withWeights) => ({
  operation: 'fused.assign',
  says: withWeights
    ? 'balances as the single operations do, where it is offered'
    : 'leaves the similarities as they are without weights, where it is offered',
  async run(bench) {
    const { fused } = bench.backend;
    if (!fused?.assign) return;
    const z = bench.floats(SIMILARITIES.flat(), [ROWS, CLUSTERS]);
    const weights = { lower: bench.floats(LOWER), higher: bench.floats(HIGHER) };
    const result = fused.assign(z, {
      weights: withWeights ? weights : undefined,
      temperature: TEMPERATURE,
    });
    const targets = SIMILARITIES.map((row) => softmax(withWeights ? balanced(row) : row));
    const labels = { shape: [ROWS], dtype: 'int32' } as const;
    await bench.expect(result.targets, { data: targets.flat(), shape: [ROWS, CLUSTERS], tolerance: 1e-5 });
    await bench.expect(result.assignments, { ...labels, data: targets.map(largest) });
    await bench.expect(result.rawAssignments, { ...labels, data: SIMILARITIES.map(largest) });
  },
}));
