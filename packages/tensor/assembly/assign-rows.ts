/**
 * Cluster balancing and softmax over rows, in vectors of four columns: AssemblyScript, compiled by `npm run kernel`. Every
 * operation up to the balanced similarities rounds to float32 as `src/host-assign.ts` does, so that the labels are the
 * same; the exponentials and their sum are other roundings of the same numbers.
 *
 * Rows lie one after the other, a multiple of 64 bytes each: the columns, then up to 15 more that fill the last group. A
 * group is four vectors: loops go by groups, as the work of going round is as much as that of a vector.
 *
 * Inner loops that count ask at their end, and take constants from variables: else compilers make vectors of them anew in
 * every turn, which takes as long as the work. Node 20 and 22 need the one, Node 24 the other.
 */

const GROUP: i32 = 64;
/**
 * What is looked at before the largest entry so far is compared with the largest there: 256 columns, 1 kB. A block of a row
 * that is copied comes from this far behind where it goes, as it is read again when it is written: BEHIND in `assign-tile.ts`.
 */
const BLOCK: i32 = 16 * GROUP;
/** The largest balanced entry of a row is multiplied by this. */
const BOOST: f32 = 1.01;

/** A row is left to JavaScript: an entry may not be finite, or two targets may round to the same number. */
const UNSURE: i32 = -1;
/** Logits that are nearer than this to the largest one, but not equal, may have the same target: 2⁻²². */
const CLOSE: f32 = 2.384185791015625e-7;
/** From here on no two logits are that near. */
const FAR: f32 = 2;
/** Smaller powers of 2 could not be made by adding to the exponent; of larger ones, 1 over the sum would be too small. */
const LOWEST_POWER: f32 = -145;
const HIGHEST_POWER: f32 = 60;

const LOG2_E: f32 = 1.4426950408889634;
/* Exported, so that no compiler takes them for constants. */
export let one: f32 = 1;
/** 1.5·2²³: adding it rounds to a whole number and leaves that in the low bits. */
export let rounder: f32 = 12582912;
/**
 * 2^(f/2) for |f| ≤ ½ is f⁴ + p3·f³ + p2·f² + p1·f + p0, to 1e-7 of it and but for a factor: the minimax polynomial of that
 * degree. Its square is off by 6 units in the last place of float32 at most, roundings included.
 */
export let p3: f32 = 11.577661;
export let p2: f32 = 100.03134;
export let p1: f32 = 577.25439;
export let p0: f32 = 1665.6079;

/** Of a row so far: its largest entry and where that is first, its smallest ones, and a sum, finite only where all are. */
let best: f32 = 0;
let bestAt: usize = 0;
let smallest: v128 = i32x4.splat(0);
let total: v128 = i32x4.splat(0);

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
function sumOf(a: v128, b: v128, c: v128, d: v128): v128 {
  return f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
}

/** The sums of two lanes each, in double precision. */
// @ts-expect-error: decorator
@inline
function inDouble(v: v128): v128 {
  const others = v128.shuffle<f32>(v, v, 2, 3, 0, 1);
  return f64x2.add(f64x2.promote_low_f32x4(v), f64x2.promote_low_f32x4(others));
}

/** In double precision. */
function sumOfLanes(v: v128): f64 {
  const sums = inDouble(v);
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** The sum of the entries `at` … `filled`, in double precision. */
function sumOfFew(at: usize, filled: usize): f64 {
  let sum: f64 = 0;
  for (; at < filled; at += 4) sum += <f64>load<f32>(at);
  return sum;
}

/** Byte offset of the first of the entries from `at` on that equals `value`. It must be there. */
function offsetOf(at: usize, value: f32): usize {
  let offset: usize = 0;
  while (load<f32>(at + offset) != value) offset += 4;
  return offset;
}

function begin(at: usize): void {
  best = -Infinity;
  bestAt = at;
  smallest = f32x4.splat(Infinity);
  total = f32x4.splat(0);
}

/** Takes the block at `at` into `best` and `bestAt`, unless its largest entry comes no higher than one before it. */
// @ts-expect-error: decorator
@inline
function meet(at: usize, value: f32): void {
  if (value > best) {
    best = value;
    bestAt = at + offsetOf(at, value);
  }
}

/** Surveys a whole row. */
function surveyRow(at: usize, end: usize): void {
  begin(at);
  while (at < end) {
    const start = at;
    const until = min(at + BLOCK, end);
    let large = f32x4.splat(-Infinity);
    let small = smallest;
    let sum = total;
    do {
      const a = v128.load(at);
      const b = v128.load(at, 16);
      const c = v128.load(at, 32);
      const d = v128.load(at, 48);
      large = f32x4.pmax(large, f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d)));
      small = f32x4.pmin(small, f32x4.pmin(f32x4.pmin(a, b), f32x4.pmin(c, d)));
      sum = f32x4.add(sum, sumOf(a, b, c, d));
      at += GROUP;
    } while (at < until);
    smallest = small;
    total = sum;
    meet(start, largestLane(large));
  }
}

/** Balanced similarities, and 1 more: (1 + (1 − (1 − z)·lower))·higher. */
// @ts-expect-error: decorator
@inline
function raised(z: v128, lower: v128, higher: v128, ones: v128): v128 {
  const pulled = f32x4.sub(ones, f32x4.mul(f32x4.sub(ones, z), lower));
  return f32x4.mul(f32x4.add(pulled, ones), higher);
}

/**
 * Balances the row at `from` into `at`, where it gets the balanced similarities and 1 more: to take 1 away rounds nothing
 * from ½ to 2²⁴. `total` is that of the row before, `best`, `bestAt` and `smallest` those of the row after. Gives the offset of
 * the largest entry before.
 */
function balance(from: usize, at: usize, end: usize, lower: usize, higher: usize): usize {
  const ones = f32x4.splat(one);
  let rawBest: f32 = -Infinity;
  let rawBestAt = at;
  begin(at);
  let small = smallest;
  let sum = total;
  const start = at;
  from -= at;
  lower -= at;
  higher -= at;
  while (at < end) {
    const until = min(at + BLOCK, end);
    let rawLarge = f32x4.splat(-Infinity);
    let large = rawLarge;
    let i = at;
    // By half a group: more does not fit into the registers.
    do {
      const rawA = v128.load(from + i);
      const rawB = v128.load(from + i, 16);
      const a = raised(rawA, v128.load(lower + i), v128.load(higher + i), ones);
      const b = raised(rawB, v128.load(lower + i, 16), v128.load(higher + i, 16), ones);
      v128.store(i, a);
      v128.store(i, b, 16);
      rawLarge = f32x4.pmax(rawLarge, f32x4.pmax(rawA, rawB));
      sum = f32x4.add(sum, f32x4.add(rawA, rawB));
      large = f32x4.pmax(large, f32x4.pmax(a, b));
      small = f32x4.pmin(small, f32x4.pmin(a, b));
      i += GROUP / 2;
    } while (i < until);
    const value = largestLane(rawLarge);
    if (value > rawBest) {
      rawBest = value;
      rawBestAt = at + offsetOf(from + at, value);
    }
    meet(at, largestLane(large));
    at = until;
  }
  smallest = small;
  total = sum;
  return rawBestAt - start;
}

/** Takes 1 from every entry. */
function takeOne(at: usize, end: usize): void {
  const ones = f32x4.splat(one);
  for (; at < end; at += 16) v128.store(at, f32x4.sub(v128.load(at), ones));
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
 * 2ˣ, but for a factor. For x = n + f with |f| ≤ ½ it is the square of the polynomial for 2^(f/2), and n added to its
 * exponent: LOWEST_POWER ≤ x ≤ HIGHEST_POWER.
 */
// @ts-expect-error: decorator
@inline
function power(x: v128, magic: v128, c3: v128, c2: v128, c1: v128, c0: v128): v128 {
  const shifted = f32x4.add(x, magic);
  const f = f32x4.sub(x, f32x4.sub(shifted, magic));
  let y = f32x4.add(f32x4.mul(f32x4.add(f, c3), f), c2);
  y = f32x4.add(f32x4.mul(y, f), c1);
  y = f32x4.add(f32x4.mul(y, f), c0);
  return i32x4.add(f32x4.mul(y, y), i32x4.shl(shifted, 23));
}

/** Replaces the entries of `at` … `end` by `power` of (entry − largest)·factor. Gives their sum. */
function powersOfGroups(at: usize, end: usize, largest: f32, factor: f32): f64 {
  const top = f32x4.splat(largest);
  const factors = f32x4.splat(factor);
  const magic = f32x4.splat(rounder);
  const c3 = f32x4.splat(p3);
  const c2 = f32x4.splat(p2);
  const c1 = f32x4.splat(p1);
  const c0 = f32x4.splat(p0);
  let sums = f64x2.splat(0);
  do {
    const a = power(f32x4.mul(f32x4.sub(v128.load(at), top), factors), magic, c3, c2, c1, c0);
    const b = power(f32x4.mul(f32x4.sub(v128.load(at, 16), top), factors), magic, c3, c2, c1, c0);
    const c = power(f32x4.mul(f32x4.sub(v128.load(at, 32), top), factors), magic, c3, c2, c1, c0);
    const d = power(f32x4.mul(f32x4.sub(v128.load(at, 48), top), factors), magic, c3, c2, c1, c0);
    v128.store(at, a);
    v128.store(at, b, 16);
    v128.store(at, c, 32);
    v128.store(at, d, 48);
    sums = f64x2.add(sums, inDouble(sumOf(a, b, c, d)));
    at += GROUP;
  } while (at < end);
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/**
 * The same for a row, the entry at `boostedAt` by `power` of `boosted`. The sum is without what fills up the row, which may
 * be much the largest of a group.
 */
function powers(
  at: usize,
  end: usize,
  filled: usize,
  largest: f32,
  factor: f32,
  boostedAt: usize,
  boosted: f32,
): f64 {
  const whole = filled - ((filled - at) & (GROUP - 1));
  let sum: f64 = 0;
  if (at < whole) sum = powersOfGroups(at, whole, largest, factor);
  if (whole < end) {
    powersOfGroups(whole, end, largest, factor);
    sum += sumOfFew(whole, filled);
  }
  const own = f32x4.extract_lane(
    power(
      f32x4.splat(boosted),
      f32x4.splat(rounder),
      f32x4.splat(p3),
      f32x4.splat(p2),
      f32x4.splat(p1),
      f32x4.splat(p0),
    ),
    0,
  );
  sum += <f64>own - <f64>load<f32>(boostedAt);
  store<f32>(boostedAt, own);
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
  let i = at;
  do {
    v128.store(i, exp(f32x4.pmax(floor, f32x4.sub(v128.load(i), top))));
    i += 16;
  } while (i < end);
  // By itself: more does not fit into the registers.
  let sums = f64x2.splat(0);
  do {
    sums = f64x2.add(sums, inDouble(v128.load(at)));
    at += 16;
  } while (at < end);
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1) - sumOfFew(filled, end);
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
 * Targets of the `rows` rows of `columns` entries at `from`, at `at`, which is a block before or an altogether different
 * place. `labels` and `rawLabels` get one column a row; `labels` gets −1 where the row has to be done in JavaScript: its
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
    let rawLabel: usize;
    if (balancing) {
      rawLabel = balance(from, at, end, lower, higher);
    } else {
      memory.copy(at, from, stride);
      surveyRow(at, end);
      rawLabel = bestAt - at;
    }
    store<i32>(rawLabels, <i32>(rawLabel >> 2));
    if (!isFinite(sumOfLanes(total))) continue;
    let label = bestAt;
    let sum: f64;
    const nearest = best - 1;
    const gain = (nearest * BOOST - nearest) * factor;
    const lowest = smallestLane(smallest);
    // Whether the label stays where it is: above 0 no two entries have become one, the boost makes it a hundredth more than
    // the others, the clamp changes none, and not all are so small that their logits could be one.
    const stays =
      balancing && nearest < 0.99 && nearest / temperature > 1e-3 && lowest >= 0 && gain < HIGHEST_POWER;
    if (stays && (lowest - best) * factor > LOWEST_POWER) {
      sum = powers(at, end, filled, best, factor, label, gain);
    } else {
      if (balancing) {
        takeOne(at, end);
        if (stays) {
          best = nearest * BOOST;
          store<f32>(label, best);
        } else {
          surveyRow(at, end);
          // Finite similarities may become others by large weights.
          if (!isFinite(sumOfLanes(total))) continue;
          best *= BOOST;
          store<f32>(bestAt, best);
          fillUp(at, filled, end);
          if (abs(best) > 1 || smallestLane(smallest) < -1) clamp(at, end);
          // Below 0 the boost moves down, and another entry may be the largest.
          surveyRow(at, end);
        }
      }
      const largest = best / temperature;
      if (!isFinite(largest)) continue;
      label = toLogits(at, end, largest, temperature);
      if (label === 0) continue;
      if (!stays && (smallestLane(smallest) / temperature - largest) * LOG2_E > LOWEST_POWER) {
        sum = powers(at, end, filled, largest, LOG2_E, label, 0);
      } else {
        sum = farPowers(at, end, filled, largest);
      }
    }
    if (!(sum < Infinity)) continue;
    store<i32>(labels, <i32>((label - at) >> 2));
    scale(at, end, <f32>(1 / sum));
  }
}
