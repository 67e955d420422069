import { type Code, f32, f32x4, i32, type Local, type WasmFunction, type WasmProgram } from './assembler.ts';

/** Rows summed in registers before their sum joins the total: keeps float32 sums of many rows exact enough. */
const ROW_BLOCK = 64;

/** The same arithmetic on four columns or on one, so that any number of columns works. */
interface Lanes {
  type: 'v128' | 'f32';
  bytes: number;
  zero: Code;
  add(a: Code | Local, b: Code | Local): Code;
  sub(a: Code | Local, b: Code | Local): Code;
  mul(a: Code | Local, b: Code | Local): Code;
  load(address: Code | Local): Code;
  store(address: Code | Local, value: Code | Local): Code;
}

const FOUR: Lanes = { ...f32x4, type: 'v128', bytes: 16 };
const ONE: Lanes = { ...f32, type: 'f32', bytes: 4, zero: f32.const(0) };

/** Runs `write` for the columns that fill whole vectors, then for the rest one by one; offsets are in bytes. */
function everyColumn(
  f: WasmFunction,
  offset: Local,
  columnBytes: Local,
  write: (lanes: Lanes) => void,
): void {
  f.set(offset, 0);
  for (const lanes of [FOUR, ONE]) {
    f.while(
      () => i32.le(i32.add(offset, lanes.bytes), columnBytes),
      () => {
        write(lanes);
        f.increase(offset, lanes.bytes);
      },
    );
  }
}

/**
 * Adds up terms over the rows of a [rows, columns] matrix, in blocks of rows that stay in the cache. `constants`
 * are per-column vectors loaded once a block; `totals` are zeroed by the caller.
 */
function addColumnTotals(
  program: WasmProgram,
  name: string,
  shape: { matrices: number; constants: number; totals: number },
  terms: (lanes: Lanes, entries: Code[], constants: Local[]) => Code[],
): void {
  const parameterCount = shape.matrices + 2 + shape.constants + shape.totals;
  program.function(name, new Array(parameterCount).fill('i32'), (f) => {
    const matrices = f.parameters.slice(0, shape.matrices);
    const [rows, columnBytes] = f.parameters.slice(shape.matrices);
    const vectors = f.parameters.slice(shape.matrices + 2, shape.matrices + 2 + shape.constants);
    const totals = f.parameters.slice(shape.matrices + 2 + shape.constants);
    const offset = f.local();
    const left = f.local();
    const block = f.local();
    const row = f.local();
    const locals = (type: 'v128' | 'f32') => ({
      sums: totals.map(() => f.local(type)),
      constants: vectors.map(() => f.local(type)),
    });
    const held = { v128: locals('v128'), f32: locals('f32') };
    f.while(
      () => rows,
      () => {
        f.set(block, i32.select(rows, ROW_BLOCK, i32.lt(rows, ROW_BLOCK)));
        everyColumn(f, offset, columnBytes, (lanes) => {
          const { sums, constants } = held[lanes.type];
          for (const sum of sums) f.set(sum, lanes.zero);
          constants.forEach((constant, i) => {
            f.set(constant, lanes.load(i32.add(vectors[i], offset)));
          });
          f.set(left, block);
          f.set(row, offset);
          f.repeatWhile(
            () => {
              const entries = matrices.map((matrix) => lanes.load(i32.add(matrix, row)));
              terms(lanes, entries, constants).forEach((term, i) => {
                f.set(sums[i], lanes.add(sums[i], term));
              });
              f.increase(row, columnBytes);
              f.set(left, i32.sub(left, 1));
            },
            () => left,
          );
          totals.forEach((total, i) => {
            const place = i32.add(total, offset);
            f.run(lanes.store(place, lanes.add(lanes.load(place), sums[i])));
          });
        });
        for (const matrix of matrices) f.increase(matrix, i32.mul(block, columnBytes));
        f.set(rows, i32.sub(rows, block));
      },
    );
  });
}

/** Writes one [rows, columns] matrix from others, entry by entry. */
function addRowMap(
  program: WasmProgram,
  name: string,
  shape: { matrices: number; constants: number },
  value: (lanes: Lanes, entries: Code[], constants: Code[]) => Code,
): void {
  program.function(name, new Array(shape.matrices + 3 + shape.constants).fill('i32'), (f) => {
    const matrices = f.parameters.slice(0, shape.matrices);
    const [rows, columnBytes] = f.parameters.slice(shape.matrices);
    const vectors = f.parameters.slice(shape.matrices + 2, -1);
    const target = f.parameters[f.parameters.length - 1];
    const offset = f.local();
    f.while(
      () => rows,
      () => {
        everyColumn(f, offset, columnBytes, (lanes) => {
          const at = (base: Local) => lanes.load(i32.add(base, offset));
          f.run(lanes.store(i32.add(target, offset), value(lanes, matrices.map(at), vectors.map(at))));
        });
        for (const matrix of [...matrices, target]) f.increase(matrix, columnBytes);
        f.set(rows, i32.sub(rows, 1));
      },
    );
  });
}

/**
 * The loops of batch norm over a [rows, columns] matrix; columns are given in bytes (4 each).
 * - `columnSums(x, rows, bytes, sum)`: Σ x
 * - `centredSquares(x, rows, bytes, mean, sum)`: Σ (x − mean)²
 * - `centreScaleShift(x, rows, bytes, mean, scale, shift, y)`: y = (x − mean)·scale + shift
 * - `gradientSums(dy, x, rows, bytes, mean, sum, product)`: Σ dy and Σ dy·(x − mean)
 * - `normaliseGradient(dy, x, rows, bytes, scale, mean, slope, offset, dx)`:
 *   dx = scale·dy − slope·(x − mean) − offset
 * - `reluGradient(dy, y, rows, bytes, dx)`: dx = dy where y > 0, else 0
 */
export function addNormalise(program: WasmProgram): void {
  addColumnTotals(program, 'columnSums', { matrices: 1, constants: 0, totals: 1 }, (_, [x]) => [x]);
  addColumnTotals(
    program,
    'centredSquares',
    { matrices: 1, constants: 1, totals: 1 },
    (lanes, [x], [mean]) => [lanes.mul(lanes.sub(x, mean), lanes.sub(x, mean))],
  );
  addRowMap(program, 'centreScaleShift', { matrices: 1, constants: 3 }, (lanes, [x], [mean, scale, shift]) =>
    lanes.add(lanes.mul(lanes.sub(x, mean), scale), shift),
  );
  addColumnTotals(
    program,
    'gradientSums',
    { matrices: 2, constants: 1, totals: 2 },
    (lanes, [dy, x], [mean]) => [dy, lanes.mul(dy, lanes.sub(x, mean))],
  );
  addRowMap(
    program,
    'normaliseGradient',
    { matrices: 2, constants: 4 },
    (lanes, [dy, x], [scale, mean, slope, offset]) =>
      lanes.sub(lanes.sub(lanes.mul(scale, dy), lanes.mul(slope, lanes.sub(x, mean))), offset),
  );
  addRowMap(program, 'reluGradient', { matrices: 2, constants: 0 }, (lanes, [dy, y]) =>
    lanes.type === 'v128'
      ? f32x4.and(dy, f32x4.gt(y, f32x4.zero))
      : f32.select(dy, f32.const(0), f32.gt(y, f32.const(0))),
  );
}
