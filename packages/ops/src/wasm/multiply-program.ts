import { type Code, f32, f32x4, i32, type Local, type WasmFunction, type WasmProgram } from './assembler.ts';

const ROWS = [0, 1, 2, 3] as const;

/** Rows of a group: a product is computed for 4 rows × 8 columns at a time, all sums in registers. */
export const ROW_GROUP = 4;
/** Columns of a panel. */
export const PANEL = 8;

/** `a[i] + b[i]·c` for one vector. */
const multiplyAdd = (sum: Code | Local, factor: Local, vector: Local): Code =>
  f32x4.add(sum, f32x4.mul(factor, vector));

/**
 * `interleave(l0, l1, l2, l3, stride, count, target, targetStride)`: reads one float of each of four lanes,
 * writes them side by side, moves every lane on by `stride` bytes; `count` times.
 */
export function addInterleave(program: WasmProgram): WasmFunction {
  return program.function('interleave', new Array(8).fill('i32'), (f) => {
    const [l0, l1, l2, l3, stride, count, target, targetStride] = f.parameters;
    const lanes = [l0, l1, l2, l3];
    const rows = f.locals4('v128');
    const pairs = f.locals4('v128');
    const gathered = f.local('v128');
    const adjacent = i32.and(
      i32.eq(i32.sub(l1, l0), 4),
      i32.and(i32.eq(i32.sub(l2, l0), 8), i32.eq(i32.sub(l3, l0), 12)),
    );
    // Lanes that lie along memory: transposed four by four.
    f.if(i32.eq(stride, 4), () => {
      f.while(
        () => i32.le(4, count),
        () => {
          for (const r of ROWS) f.set(rows[r], f32x4.load(lanes[r]));
          f.set(pairs[0], f32x4.shuffle(rows[0], rows[1], [0, 4, 1, 5]));
          f.set(pairs[1], f32x4.shuffle(rows[2], rows[3], [0, 4, 1, 5]));
          f.set(pairs[2], f32x4.shuffle(rows[0], rows[1], [2, 6, 3, 7]));
          f.set(pairs[3], f32x4.shuffle(rows[2], rows[3], [2, 6, 3, 7]));
          for (const k of ROWS) {
            const half = k < 2 ? 0 : 2;
            const order = k % 2 ? ([2, 3, 6, 7] as const) : ([0, 1, 4, 5] as const);
            f.run(f32x4.store(target, f32x4.shuffle(pairs[half], pairs[half + 1], [...order])));
            f.increase(target, targetStride);
          }
          for (const lane of lanes) f.increase(lane, 16);
          f.set(count, i32.sub(count, 4));
        },
      );
    });
    f.if(
      adjacent,
      () => {
        f.while(
          () => count,
          () => {
            f.run(f32x4.store(target, f32x4.load(l0)));
            f.increase(l0, stride);
            f.increase(target, targetStride);
            f.set(count, i32.sub(count, 1));
          },
        );
      },
      () => {
        f.while(
          () => count,
          () => {
            f.set(gathered, f32x4.loadFirst(l0));
            for (const r of [1, 2, 3]) f.set(gathered, f32x4.loadLane(lanes[r], gathered, r));
            f.run(f32x4.store(target, gathered));
            for (const lane of lanes) f.increase(lane, stride);
            f.increase(target, targetStride);
            f.set(count, i32.sub(count, 1));
          },
        );
      },
    );
  });
}

/** Sets `out[r]` to `base + min(row + r, last)·stride`: rows past the last repeat it. */
function rowAddresses(f: WasmFunction, out: Local[], base: Local, row: Local, last: Local, stride: Local) {
  for (const r of ROWS) {
    const wanted = i32.add(row, r);
    f.set(out[r], i32.add(base, i32.mul(i32.select(wanted, last, i32.lt(wanted, last)), stride)));
  }
}

/**
 * `pack(source, rowStride, first, last, groups, taps, tapCount, channels, channelStride, target)`: for every
 * group of 4 rows and every tap (a byte offset in the list `taps`), `channels` floats of each row, interleaved.
 */
export function addPack(program: WasmProgram, interleave: WasmFunction): WasmFunction {
  return program.function('pack', new Array(10).fill('i32'), (f) => {
    const [source, rowStride, first, last, groups, taps, tapCount, channels, channelStride, target] =
      f.parameters;
    const group = f.local();
    const tap = f.local();
    const row = f.local();
    const offset = f.local();
    const rows = f.locals4();
    f.set(row, first);
    f.for(group, 0, groups, 1, () => {
      rowAddresses(f, rows, source, row, last, rowStride);
      f.for(tap, 0, tapCount, 1, () => {
        f.set(offset, i32.load(i32.add(taps, i32.shl(tap, 2))));
        const lanes = rows.map((address) => i32.add(address, offset));
        f.call(interleave, ...lanes, channelStride, channels, target, 16);
        f.increase(target, i32.shl(channels, 4));
      });
      f.increase(row, ROW_GROUP);
    });
  });
}

/**
 * `multiply(a, groups, groupBytes, runs, runCount, b, panelBytes, columns, target, rowStride, first, last, scratch)`:
 * packed rows × packed panels → `target + row·rowStride + 4·column`. A run is (byte offset in the panel, number of
 * inner steps); the runs of a row follow each other in `a`. `scratch` holds one 4 × 8 tile.
 */
export function addMultiply(program: WasmProgram): WasmFunction {
  return program.function('multiply', new Array(13).fill('i32'), (f) => {
    const [
      a,
      groups,
      groupBytes,
      runs,
      runCount,
      b,
      panelBytes,
      columns,
      target,
      rowStride,
      first,
      last,
      scratch,
    ] = f.parameters;
    const column = f.local();
    const group = f.local();
    const row = f.local();
    const run = f.local();
    const steps = f.local();
    const pa = f.local();
    const pb = f.local();
    const width = f.local();
    const lane = f.local();
    const out = f.locals4();
    const low = f.locals4('v128');
    const high = f.locals4('v128');
    const [b0, b1, factor] = [f.local('v128'), f.local('v128'), f.local('v128')];
    f.for(column, 0, columns, PANEL, () => {
      f.set(row, first);
      f.for(group, 0, groups, 1, () => {
        f.set(pa, i32.add(a, i32.mul(group, groupBytes)));
        for (const r of ROWS) {
          f.set(low[r], f32x4.zero);
          f.set(high[r], f32x4.zero);
        }
        f.for(run, 0, runCount, 1, () => {
          f.set(pb, i32.add(b, i32.load(i32.add(runs, i32.shl(run, 3)))));
          f.set(steps, i32.load(i32.add(runs, i32.shl(run, 3)), 4));
          f.repeatWhile(
            () => {
              f.set(b0, f32x4.load(pb));
              f.set(b1, f32x4.load(pb, 16));
              for (const r of ROWS) {
                f.set(factor, f32x4.loadSplat(pa, 4 * r));
                f.set(low[r], multiplyAdd(low[r], factor, b0));
                f.set(high[r], multiplyAdd(high[r], factor, b1));
              }
              f.increase(pa, 16);
              f.increase(pb, 32);
              f.set(steps, i32.sub(steps, 1));
            },
            () => steps,
          );
        });
        rowAddresses(f, out, target, row, last, rowStride);
        f.set(width, i32.sub(columns, column));
        f.if(
          i32.ge(width, PANEL),
          () => {
            for (const r of ROWS) {
              f.run(f32x4.store(out[r], low[r]));
              f.run(f32x4.store(out[r], high[r], 16));
            }
          },
          () => {
            for (const r of ROWS) {
              f.run(f32x4.store(scratch, low[r], 32 * r));
              f.run(f32x4.store(scratch, high[r], 32 * r + 16));
            }
            f.for(lane, 0, i32.shl(width, 2), 4, () => {
              for (const r of ROWS) {
                f.run(f32.store(i32.add(out[r], lane), f32.load(i32.add(scratch, lane), 32 * r)));
              }
            });
          },
        );
        f.increase(row, ROW_GROUP);
      });
      f.increase(b, panelBytes);
      f.increase(target, 4 * PANEL);
    });
  });
}

/**
 * `outer(x, y, entries, entryCount, steps, xStride, yStride, xGroups, xGroupBytes, yPanels, yPanelBytes, sums)`: sums of
 * outer products, x packed in groups of four and y in panels of eight.
 * For every entry (byte offset in x, byte offset in y) and every step along both strides:
 * `sums[xGroup][yPanel][4][8] += x[4] ⊗ y[8]`.
 */
export function addOuter(program: WasmProgram): WasmFunction {
  return program.function('outer', new Array(12).fill('i32'), (f) => {
    const [
      x,
      y,
      entries,
      entryCount,
      steps,
      xStride,
      yStride,
      xGroups,
      xGroupBytes,
      yPanels,
      yPanelBytes,
      sums,
    ] = f.parameters;
    const group = f.local();
    const panel = f.local();
    const entry = f.local();
    const left = f.local();
    const px = f.local();
    const py = f.local();
    const yBase = f.local();
    const low = f.locals4('v128');
    const high = f.locals4('v128');
    const [y0, y1, factor] = [f.local('v128'), f.local('v128'), f.local('v128')];
    f.for(group, 0, xGroups, 1, () => {
      f.set(yBase, y);
      f.for(panel, 0, yPanels, 1, () => {
        for (const r of ROWS) {
          f.set(low[r], f32x4.load(sums, 32 * r));
          f.set(high[r], f32x4.load(sums, 32 * r + 16));
        }
        f.for(entry, 0, entryCount, 1, () => {
          f.set(px, i32.add(x, i32.load(i32.add(entries, i32.shl(entry, 3)))));
          f.set(py, i32.add(yBase, i32.load(i32.add(entries, i32.shl(entry, 3)), 4)));
          f.set(left, steps);
          f.repeatWhile(
            () => {
              f.set(y0, f32x4.load(py));
              f.set(y1, f32x4.load(py, 16));
              for (const r of ROWS) {
                f.set(factor, f32x4.loadSplat(px, 4 * r));
                f.set(low[r], multiplyAdd(low[r], factor, y0));
                f.set(high[r], multiplyAdd(high[r], factor, y1));
              }
              f.increase(px, xStride);
              f.increase(py, yStride);
              f.set(left, i32.sub(left, 1));
            },
            () => left,
          );
        });
        for (const r of ROWS) {
          f.run(f32x4.store(sums, low[r], 32 * r));
          f.run(f32x4.store(sums, high[r], 32 * r + 16));
        }
        f.increase(sums, 128);
        f.increase(yBase, yPanelBytes);
      });
      f.increase(x, xGroupBytes);
    });
  });
}
