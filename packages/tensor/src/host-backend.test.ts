import { describe, expect, it } from 'vitest';
import { conformanceSuite } from './conformance.ts';
import { hostBackend, isHostBackend } from './host-backend.ts';
import { NonFiniteError } from './non-finite-error.ts';
import { ShapeError } from './shape-error.ts';

conformanceSuite(hostBackend(), { describe, it }, 'host');

describe('host backend', () => {
  const host = hostBackend();
  const matrix = host.fromHost(new Float32Array(6), [2, 3]);
  const labels = host.fromHost(Int32Array.of(0, 3), [2]);

  it.each<[string, () => unknown, RegExp]>([
    ['fromHost', () => host.fromHost(new Float32Array(5), [2, 3]), /5 entries for shape \[2, 3\].* holds 6/],
    ['add', () => host.add(matrix, host.fromHost(new Float32Array(2), [2])), /\[2, 3\] and \[2\] do not fit/],
    ['sum', () => host.sum(matrix, 2), /axis 2 does not exist in shape \[2, 3\]/],
    ['argMax', () => host.argMax(host.fromHost(new Float32Array(1), [])), /axis -1 does not exist/],
    ['matMul', () => host.matMul(matrix, matrix), /share no axis \(3 against 2\)/],
    ['matMul', () => host.matMul(labels, matrix), /the first has shape \[2\].* two-dimensional/],
    ['countLabels', () => host.countLabels(labels, 3), /label 3 of row 1 is not one of 0 … 2/],
    ['gatherEntry', () => host.gatherEntry(matrix, labels), /label 3 of row 1/],
    ['gatherEntry', () => host.gatherEntry(matrix, host.sliceRows(labels, 0, 1)), /1 indices for shape/],
    ['scatterEntry', () => host.scatterEntry(matrix, labels, labels), /label 3 of row 1/],
    ['sliceRows', () => host.sliceRows(matrix, 1, 2), /rows 1 … 2 do not exist/],
    ['concatRows', () => host.concatRows([matrix, labels]), /differ in more than their rows/],
    ['concatRows', () => host.concatRows([]), /needs one or more/],
  ])('%s says what does not fit', (_, run, message) => {
    expect(run).toThrow(ShapeError);
    expect(run).toThrow(message);
  });

  it('names the entry that is not finite', () => {
    const z = host.fromHost(Float32Array.of(0, 1, 2, 0, Number.NaN, 1), [2, 3]);
    const run = () => host.fused?.assign?.(z, { temperature: 1 });
    expect(run).toThrow(NonFiniteError);
    expect(run).toThrow('similarities[1, 1] is NaN');
  });

  it('knows itself', () => {
    expect(isHostBackend(host)).toBe(true);
    expect(isHostBackend({ name: 'tfjs' })).toBe(false);
  });
});
