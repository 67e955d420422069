import { describe, expect, it } from 'vitest';
import { startEngine } from '../../ops/src/index.ts';
import { TINY_TRAINING, trainTiny } from '../../ops/test/tiny-training.ts';
import { configure, explain } from '../src/index.ts';

describe.each(Object.keys(TINY_TRAINING))('the graphs of training: %s', (name) => {
  it('are compiled in the first epoch, that of a short last batch too, and found again in every later one', async () => {
    await startEngine('onnxruntime');
    configure({ threads: 1, strict: true });
    const compiled: number[] = [];
    let seen = new Set(explain().runs);
    const losses = await trainTiny(
      { ...TINY_TRAINING[name], epochs: 4 },
      {
        onEpoch: () => {
          const { runs } = explain();
          compiled.push(runs.filter((run) => run.compiled && !seen.has(run)).length);
          seen = new Set(runs);
        },
      },
      3,
    );
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(compiled[0]).toBeGreaterThanOrEqual(2);
    // What is read between epochs compiles once more.
    expect(compiled.slice(2)).toEqual([0, 0]);
  });
});
