import { describe, expect, it } from 'vitest';
import { f32, f32x4, i32, WasmProgram } from './assembler.ts';
import { webAssembly } from './web-assembly.ts';

function assemble(program: WasmProgram) {
  const memory = new webAssembly.Memory({ initial: 1 });
  const module = new webAssembly.Module(program.encode());
  const { exports } = new webAssembly.Instance(module, { env: { memory } });
  return { run: exports as Record<string, (...operands: number[]) => void>, memory };
}

describe('WasmProgram', () => {
  it.each([0, 63, 64, 127, 128, 8191, 8192, 2 ** 31 - 1, -1, -64, -65, -8193, -(2 ** 31)])(
    'encodes the constant %i',
    (value) => {
      const program = new WasmProgram();
      program.function('write', ['i32'], (f) =>
        f.run([...i32.add(f.parameters[0], 0), ...i32.add(value, 0), 0x36, 0, 0]),
      );
      const { run, memory } = assemble(program);
      run.write(16);
      expect(new Int32Array(memory.buffer)[4]).toBe(value);
    },
  );

  it('counts, branches and calls', () => {
    const program = new WasmProgram();
    const store = program.function('store', ['i32', 'f32'], (f) => {
      f.run(f32.store(f.parameters[0], f.parameters[1], 4));
    });
    // Sums the floats at 0 .. count−1 that are above 0, or writes −1 where there are none to look at.
    program.function('sum', ['i32', 'i32'], (f) => {
      const [count, target] = f.parameters;
      const [i, total] = [f.local(), f.local('f32')];
      f.for(i, 0, i32.shl(count, 2), 4, () => {
        f.if(f32.gt(f32.load(i), f32.const(0)), () => f.set(total, f32.add(total, f32.load(i))));
      });
      f.if(
        count,
        () => f.call(store, target, total),
        () => f.call(store, target, f32.const(-1)),
      );
    });
    const { run, memory } = assemble(program);
    const heap = new Float32Array(memory.buffer);
    heap.set([1, -5, 2.5, 4]);
    run.sum(4, 36);
    expect(heap[10]).toBe(7.5);
    run.sum(0, 36);
    expect(heap[10]).toBe(-1);
  });

  it('shuffles and loads lanes', () => {
    const program = new WasmProgram();
    program.function('mix', ['i32'], (f) => {
      const [at] = f.parameters;
      const mixed = f32x4.shuffle(f32x4.load(at), f32x4.loadSplat(at, 8), [3, 0, 4, 1]);
      f.run(f32x4.store(at, f32x4.loadLane(at, mixed, 3), 16));
    });
    const { run, memory } = assemble(program);
    const heap = new Float32Array(memory.buffer);
    heap.set([1, 2, 3, 4], 8);
    run.mix(32);
    expect(Array.from(heap.slice(12, 16))).toEqual([4, 1, 3, 1]);
  });
});
