/**
 * Cluster balancing and softmax over rows, in vectors of four columns: AssemblyScript, compiled by `npm run kernel`. Every
 * operation up to the balanced similarities rounds to float32 as `src/host-assign.ts` does, so that the labels are the
 * same; the exponentials and their sum are other roundings of the same numbers.
 *
 * Rows lie one after the other, a multiple of 64 bytes each: the columns, then up to 15 more that fill the last group. A
 * group is four vectors: loops go by groups, as the work of going round is as much as that of a vector.
 *
 * Inner loops ask at their end, and take constants from variables: else compilers make vectors of them anew in every turn,
 * which takes as long as the work. Node 20 and 22 need the one, Node 24 the other.
 */

const GROUP: i32 = 64;
/** What is looked at before the largest entry so far is compared with the largest there: 256 columns, 1 kB. */
const BLOCK: i32 = 16 * GROUP;
/** The largest balanced entry of a row is multiplied by this. */
const BOOST: f32 = 1.01;

/** A row is left to JavaScript: an entry may not be finite, or two targets may round to the same number. */
const UNSURE: i32 = -1;
/** Logits that are nearer than this to the largest one, but not equal, may have the same target: 2⁻²². */
const CLOSE: f32 = 2.384185791015625e-7;
/** From here on no two logits are that near. */
const FAR: f32 = 2;
/** Smaller powers of 2 could not be made by adding to the exponent. */
const LOWEST_POWER: f32 = -125;

const LOG2_E: f32 = 1.4426950408889634;
/* Exported, so that no compiler takes them for constants. */
export let one: f32 = 1;
/** 1.5·2²³: adding it rounds to a whole number and leaves that in the low bits. */
export let rounder: f32 = 12582912;
/** 2ᶠ for |f| ≤ ½ is 1 + p1·f + … + p5·f⁵, to 1e-7 of it: the minimax polynomial of that degree. */
export let p1: f32 = 0.693147;
export let p2: f32 = 0.24022241;
export let p3: f32 = 0.055507347;
export let p4: f32 = 0.009671576;
export let p5: f32 = 0.0013264646;

/** Of a row so far: its largest entry and where that is first, its smallest ones, and the sum, finite where all are. */
let best: f32 = 0;
let bestAt: usize = 0;
let smallest: v128 = i32x4.splat(0);
let total: v128 = i32x4.splat(0);
/** The largest entries of a block. */
let block: v128 = i32x4.splat(0);

// @ts-expect-error: decorator
@inline
function largestLane(v: v128): f32 {
  const pairs = f32x4.pmax(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(pairs, v128.shuffle<f32>(pairs, pairs, 1, 0, 3, 2)), 0);
}

// @ts-expect-error: decorator
@inline
function smallestLane(v: v128): f32 {
  return -largestLane(f32x4.neg(v));
}

// @ts-expect-error: decorator
@inline
function largestOf(a: v128, b: v128, c: v128, d: v128): v128 {
  return f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d));
}

// @ts-expect-error: decorator
@inline
function smallestOf(a: v128, b: v128, c: v128, d: v128): v128 {
  return f32x4.pmin(f32x4.pmin(a, b), f32x4.pmin(c, d));
}

// @ts-expect-error: decorator
@inline
function sumOf(a: v128, b: v128, c: v128, d: v128): v128 {
  return f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
}

/** In double precision. */
// @ts-expect-error: decorator
@inline
function sumOfLanes(v: v128): f64 {
  return (
    <f64>f32x4.extract_lane(v, 0) +
    <f64>f32x4.extract_lane(v, 1) +
    (<f64>f32x4.extract_lane(v, 2) + <f64>f32x4.extract_lane(v, 3))
  );
}

/** In double precision, but for the sums of four. */
function sumOfBlock(at: usize, until: usize): f64 {
  let sum = f64x2.splat(0);
  do {
    const four = sumOf(v128.load(at), v128.load(at, 16), v128.load(at, 32), v128.load(at, 48));
    sum = f64x2.add(sum, f64x2.promote_low_f32x4(four));
    sum = f64x2.add(sum, f64x2.promote_low_f32x4(v128.shuffle<f32>(four, four, 2, 3, 0, 1)));
    at += GROUP;
  } while (at < until);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** Byte offset of the first of the entries from `at` on that equals `value`. It must be there. */
function offsetOf(at: usize, value: f32): usize {
  let offset: usize = 0;
  while (load<f32>(at + offset) != value) offset += 4;
  return offset;
}

/** Looks at the block `at` … `until`: its largest entries are `block` then; `total` and, if so wanted, `smallest` go on. */
// @ts-expect-error: decorator
@inline
function survey(at: usize, until: usize, alsoSmallest: bool): void {
  let large = f32x4.splat(-Infinity);
  let small = smallest;
  let sum = total;
  do {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    large = f32x4.pmax(large, largestOf(a, b, c, d));
    if (alsoSmallest) small = f32x4.pmin(small, smallestOf(a, b, c, d));
    sum = f32x4.add(sum, sumOf(a, b, c, d));
    at += GROUP;
  } while (at < until);
  block = large;
  smallest = small;
  total = sum;
}

function begin(at: usize): void {
  best = -Infinity;
  bestAt = at;
  smallest = f32x4.splat(Infinity);
  total = f32x4.splat(0);
}

/** Takes the block at `at` into `best` and `bestAt`, unless it comes no higher than one before it. */
// @ts-expect-error: decorator
@inline
function meet(at: usize): void {
  const value = largestLane(block);
  if (value > best) {
    best = value;
    bestAt = at + offsetOf(at, value);
  }
}

/** Surveys a whole row. */
function surveyRow(at: usize, end: usize): void {
  begin(at);
  while (at < end) {
    const until = min(at + BLOCK, end);
    survey(at, until, true);
    meet(at);
    at = until;
  }
}

/** z ← (1 + (1 − (1 − z)·lower))·higher − 1. */
// @ts-expect-error: decorator
@inline
function balanced(z: v128, lower: v128, higher: v128, ones: v128): v128 {
  const pulled = f32x4.sub(ones, f32x4.mul(f32x4.sub(ones, z), lower));
  return f32x4.sub(f32x4.mul(f32x4.add(pulled, ones), higher), ones);
}

/**
 * Balances the row at `from` into `at`. `total` is that of the row before, `best`, `bestAt` and `smallest` those of the row
 * after. Gives the offset of the largest entry before.
 */
function balance(from: usize, at: usize, end: usize, lower: usize, higher: usize): usize {
  const ones = f32x4.splat(one);
  let small = f32x4.splat(Infinity);
  let rawBest: f32 = -Infinity;
  let rawBestAt = from;
  const start = from;
  begin(at);
  lower -= at;
  higher -= at;
  from -= at;
  while (at < end) {
    const until = min(at + BLOCK, end);
    survey(from + at, from + until, false);
    const value = largestLane(block);
    if (value > rawBest) {
      rawBest = value;
      rawBestAt = from + at + offsetOf(from + at, value);
    }
    let large = f32x4.splat(-Infinity);
    let i = at;
    do {
      const a = balanced(v128.load(from + i), v128.load(lower + i), v128.load(higher + i), ones);
      const b = balanced(v128.load(from + i, 16), v128.load(lower + i, 16), v128.load(higher + i, 16), ones);
      const c = balanced(v128.load(from + i, 32), v128.load(lower + i, 32), v128.load(higher + i, 32), ones);
      const d = balanced(v128.load(from + i, 48), v128.load(lower + i, 48), v128.load(higher + i, 48), ones);
      v128.store(i, a);
      v128.store(i, b, 16);
      v128.store(i, c, 32);
      v128.store(i, d, 48);
      large = f32x4.pmax(large, largestOf(a, b, c, d));
      small = f32x4.pmin(small, smallestOf(a, b, c, d));
      i += GROUP;
    } while (i < until);
    block = large;
    meet(at);
    at = until;
  }
  smallest = small;
  return rawBestAt - start;
}

/** Fills `filled` … `end` with the row's first entry: it changes no largest one, and comes too late to be the first. */
// @ts-expect-error: decorator
@inline
function fillUp(at: usize, filled: usize, end: usize): void {
  for (; filled < end; filled += 4) store<f32>(filled, load<f32>(at));
}

/** Brings the entries within −1 … 1. */
function clamp(at: usize, end: usize): void {
  const ones = f32x4.splat(one);
  for (; at < end; at += 16) {
    v128.store(at, f32x4.pmax(f32x4.neg(ones), f32x4.pmin(ones, v128.load(at))));
  }
}

/**
 * Replaces the entries of `at` … `end` by 2^((entry − largest)·factor); gives their sum without what fills up the row. For
 * x = n + f with |f| ≤ ½ it is the polynomial for 2ᶠ, and n added to its exponent. No result may be below 2⁻¹²⁶.
 */
function powers(at: usize, end: usize, filled: usize, largest: f32, factor: f32): f64 {
  const top = f32x4.splat(largest);
  const factors = f32x4.splat(factor);
  const magic = f32x4.splat(rounder);
  const ones = f32x4.splat(one);
  const c1 = f32x4.splat(p1);
  const c2 = f32x4.splat(p2);
  const c3 = f32x4.splat(p3);
  const c4 = f32x4.splat(p4);
  const c5 = f32x4.splat(p5);
  let sum: f64 = 0;
  while (at < end) {
    const start = at;
    const until = min(at + BLOCK, end);
    do {
      const x = f32x4.mul(f32x4.sub(v128.load(at), top), factors);
      const shifted = f32x4.add(x, magic);
      const f = f32x4.sub(x, f32x4.sub(shifted, magic));
      const square = f32x4.mul(f, f);
      // In pairs, as one term after the other would mean waiting for each.
      const high = f32x4.add(f32x4.mul(c5, f), c4);
      const middle = f32x4.add(f32x4.mul(c3, f), c2);
      const low = f32x4.add(f32x4.mul(c1, f), ones);
      const y = f32x4.add(f32x4.mul(f32x4.add(f32x4.mul(high, square), middle), square), low);
      const power = i32x4.add(y, i32x4.shl(shifted, 23));
      v128.store(at, power);
      at += 16;
    } while (at < until);
    sum += sumOfBlock(start, until);
  }
  for (; filled < end; filled += 4) sum -= <f64>load<f32>(filled);
  return sum;
}

/**
 * eˣ for −104 ≤ x ≤ 0, to about one unit in the last place, results below 2⁻¹²⁶ included: 2ⁿ is made as 2ⁿ⁺⁶⁴ · 2⁻⁶⁴, so
 * that they are rounded once. x = n·ln 2 + r with |r| ≤ ln 2 / 2, and a minimax polynomial for eʳ.
 */
// @ts-expect-error: decorator
@inline
function exp(x: v128): v128 {
  const magic = f32x4.splat(rounder);
  const shifted = f32x4.add(f32x4.mul(x, f32x4.splat(LOG2_E)), magic);
  const n = f32x4.sub(shifted, magic);
  // ln 2 in two parts, the first of few bits.
  const coarse = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  const r = f32x4.add(coarse, f32x4.mul(n, f32x4.splat(2.1219444e-4)));
  let y = f32x4.add(f32x4.mul(f32x4.splat(0.0013814539415761828), r), f32x4.splat(0.00836874544620514));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(0.04166838899254799));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(0.1666652113199234));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(0.4999999403953552));
  y = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(r, r), y), r), f32x4.splat(1));
  const power = i32x4.add(i32x4.shl(shifted, 23), i32x4.splat((127 + 64) << 23));
  return f32x4.mul(f32x4.mul(y, power), f32x4.splat(5.421010862427522e-20));
}

/** e^(entry − largest), like `powers`, for results of any size. */
function farPowers(at: usize, end: usize, filled: usize, largest: f32): f64 {
  const top = f32x4.splat(largest);
  // e⁻¹⁰⁴ is 0 in float32.
  const floor = f32x4.splat(-104);
  let sum: f64 = 0;
  while (at < end) {
    const start = at;
    const until = min(at + BLOCK, end);
    do {
      const power = exp(f32x4.pmax(floor, f32x4.sub(v128.load(at), top)));
      v128.store(at, power);
      at += 16;
    } while (at < until);
    sum += sumOfBlock(start, until);
  }
  for (; filled < end; filled += 4) sum -= <f64>load<f32>(filled);
  return sum;
}

function scale(at: usize, end: usize, factor: f32): void {
  const factors = f32x4.splat(factor);
  do {
    v128.store(at, f32x4.mul(v128.load(at), factors));
    v128.store(at, f32x4.mul(v128.load(at, 16), factors), 16);
    v128.store(at, f32x4.mul(v128.load(at, 32), factors), 32);
    v128.store(at, f32x4.mul(v128.load(at, 48), factors), 48);
    at += GROUP;
  } while (at < end);
}

/**
 * Divides the entries by the temperature. Gives the first one that becomes `largest`, which is the largest one, or 0,
 * where no row is, if another one comes close to it.
 */
function toLogits(at: usize, end: usize, largest: f32, temperature: f32): usize {
  const top = f32x4.splat(largest);
  const divisor = f32x4.splat(temperature);
  const nearly = f32x4.splat(abs(largest) > FAR ? largest : largest - CLOSE);
  let first: usize = 0;
  let close = false;
  do {
    const logits = f32x4.div(v128.load(at), divisor);
    v128.store(at, logits);
    if (v128.any_true(f32x4.ge(logits, nearly))) {
      const equal = f32x4.eq(logits, top);
      if (first === 0 && v128.any_true(equal)) first = at + (ctz(i32x4.bitmask(equal)) << 2);
      if (v128.any_true(v128.and(f32x4.gt(logits, nearly), f32x4.lt(logits, top)))) close = true;
    }
    at += 16;
  } while (at < end);
  return close ? 0 : first;
}

/**
 * Targets of the `rows` rows of `columns` entries at `from`, at `at`, which is the same place or an altogether different
 * one. `labels` and `rawLabels` get one column a row; `labels` gets −1 where the row has to be done in JavaScript: its
 * targets then mean nothing. `lower` and `higher` are the weights, filled up like a row; `balancing` says whether they count.
 */
export function assignRows(
  from: usize,
  at: usize,
  rows: i32,
  columns: i32,
  balancing: bool,
  lower: usize,
  higher: usize,
  temperature: f32,
  labels: usize,
  rawLabels: usize,
): void {
  const size = <usize>columns << 2;
  const stride = (size + GROUP - 1) & -GROUP;
  const factor = <f32>(1.4426950408889634 / <f64>temperature);
  for (let row = 0; row < rows; row++, from += stride, at += stride, labels += 4, rawLabels += 4) {
    const end = at + stride;
    const filled = at + size;
    fillUp(from, from + size, from + stride);
    store<i32>(labels, UNSURE);
    let sure = false;
    let rawLabel: usize;
    if (balancing) {
      rawLabel = balance(from, at, end, lower, higher);
      // Whether the label is `bestAt` without a look at the logits: a hundredth above the others after the boost, unless
      // the clamp makes them equal or all are tiny.
      sure = best < 0.99 && best / temperature > 1e-3;
    } else {
      if (from != at) memory.copy(at, from, stride);
      surveyRow(at, end);
      rawLabel = bestAt - at;
    }
    store<i32>(rawLabels, <i32>(rawLabel >> 2));
    if (!isFinite(sumOfLanes(total))) continue;
    let label = bestAt;
    if (balancing) {
      best *= BOOST;
      store<f32>(bestAt, best);
      fillUp(at, filled, end);
      const mustClamp = abs(best) > 1 || smallestLane(smallest) < -1;
      if (mustClamp) clamp(at, end);
      // Below 0 the boost moves down, and another entry may be the largest.
      if (mustClamp || !sure) surveyRow(at, end);
    }
    const largest = best / temperature;
    if (!isFinite(largest)) continue;
    const lowest = smallestLane(smallest);
    // Whether no exponent is too low for `powers`, of what it will be given.
    const near =
      (sure ? (lowest - best) * factor : (lowest / temperature - largest) * LOG2_E) > LOWEST_POWER;
    if (!sure || !near) {
      const first = toLogits(at, end, largest, temperature);
      if (!sure) label = first;
      if (label === 0) continue;
    }
    store<i32>(labels, <i32>((label - at) >> 2));
    let sum: f64;
    if (!near) sum = farPowers(at, end, filled, largest);
    else if (sure) sum = powers(at, end, filled, best, factor);
    else sum = powers(at, end, filled, largest, LOG2_E);
    scale(at, end, <f32>(1 / sum));
  }
}
