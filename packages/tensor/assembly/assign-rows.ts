/**
 * Cluster balancing and softmax over rows, in vectors of four columns: AssemblyScript, compiled by `npm run kernel`. Every
 * operation rounds to float32 as `src/host-assign.ts` does; only the exponential and the sum over a row are other
 * roundings of the same numbers.
 *
 * Rows lie one after the other, a multiple of 64 bytes each: the columns, then up to 15 more that fill the last group. A
 * group is four vectors: loops go by groups, as the work of going round is as much as that of a vector. The loop of
 * exponentials goes by vectors, as more would not fit the registers.
 */

const GROUP: i32 = 64;
/** What is looked at before the largest entry so far is compared with the largest there: 256 columns. */
const BLOCK: i32 = 16 * GROUP;
/** The largest balanced entry of a row is multiplied by this. */
const BOOST: f32 = 1.01;

/** A row is left to JavaScript: an entry may not be finite, or two targets may round to the same number. */
const UNSURE: i32 = -1;
/** Logits that are nearer than this to the largest one, but not equal, may have the same target: 2⁻²². */
const CLOSE: f32 = 2.384185791015625e-7;
/** From here on no two logits are that near. */
const FAR: f32 = 2;

let best: f32 = 0;
let bestAt: i32 = 0;

// @ts-expect-error: decorator
@inline
function largestLane(v: v128): f32 {
  const pairs = f32x4.pmax(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(pairs, v128.shuffle<f32>(pairs, pairs, 1, 0, 3, 2)), 0);
}

// @ts-expect-error: decorator
@inline
function largestOf(a: v128, b: v128, c: v128, d: v128): v128 {
  return f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d));
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

/** Byte offset of the first of the entries from `at` on that equals `value`. It must be there. */
function offsetOf(at: i32, value: f32): i32 {
  let offset = 0;
  while (load<f32>(at + offset) != value) offset += 4;
  return offset;
}

/** Takes the block at `at`, whose largest entries are `block`, into `best` and `bestAt`; equal ones come too late. */
// @ts-expect-error: decorator
@inline
function meet(block: v128, at: i32): void {
  const value = largestLane(block);
  if (value > best) {
    best = value;
    bestAt = at + offsetOf(at, value);
  }
}

/** Finds the largest entry; gives the sum of all, which is not finite where one of them is not. */
function findLargest(at: i32, end: i32): f32 {
  let total = f32x4.splat(0);
  best = -Infinity;
  bestAt = at;
  while (at < end) {
    const until = min(at + BLOCK, end);
    let block = f32x4.splat(-Infinity);
    for (let i = at; i < until; i += GROUP) {
      const a = v128.load(i);
      const b = v128.load(i, 16);
      const c = v128.load(i, 32);
      const d = v128.load(i, 48);
      block = f32x4.pmax(block, largestOf(a, b, c, d));
      total = f32x4.add(total, sumOf(a, b, c, d));
    }
    meet(block, at);
    at = until;
  }
  return <f32>sumOfLanes(total);
}

/** z ← (1 + (1 − (1 − z)·lower))·higher − 1. */
// @ts-expect-error: decorator
@inline
function balanced(z: v128, lower: v128, higher: v128): v128 {
  const one = f32x4.splat(1);
  const pulled = f32x4.sub(one, f32x4.mul(f32x4.sub(one, z), lower));
  return f32x4.sub(f32x4.mul(f32x4.add(pulled, one), higher), one);
}

/** Balances a row in place, and finds its largest entry. */
function balance(at: i32, end: i32, lower: i32, higher: i32): void {
  best = -Infinity;
  bestAt = at;
  lower -= at;
  higher -= at;
  while (at < end) {
    const until = min(at + BLOCK, end);
    let block = f32x4.splat(-Infinity);
    for (let i = at; i < until; i += GROUP) {
      const a = balanced(v128.load(i), v128.load(lower + i), v128.load(higher + i));
      const b = balanced(v128.load(i, 16), v128.load(lower + i, 16), v128.load(higher + i, 16));
      const c = balanced(v128.load(i, 32), v128.load(lower + i, 32), v128.load(higher + i, 32));
      const d = balanced(v128.load(i, 48), v128.load(lower + i, 48), v128.load(higher + i, 48));
      v128.store(i, a);
      v128.store(i, b, 16);
      v128.store(i, c, 32);
      v128.store(i, d, 48);
      block = f32x4.pmax(block, largestOf(a, b, c, d));
    }
    meet(block, at);
    at = until;
  }
}

/** Fills `filled` … `end` with the row's first entry: it changes no largest one, and comes too late to be the first. */
// @ts-expect-error: decorator
@inline
function fillUp(at: i32, filled: i32, end: i32): void {
  for (; filled < end; filled += 4) store<f32>(filled, load<f32>(at));
}

/** Within −bound … bound, over the temperature. */
// @ts-expect-error: decorator
@inline
function logits(values: v128, bound: v128, temperature: v128): v128 {
  return f32x4.div(f32x4.pmax(f32x4.neg(bound), f32x4.pmin(bound, values)), temperature);
}

// @ts-expect-error: decorator
@inline
function logit(value: f32, bound: f32, temperature: f32): f32 {
  return max<f32>(-bound, min<f32>(bound, value)) / temperature;
}

/**
 * eˣ for x ≤ 0, to about one unit in the last place: x = n·ln 2 + r with |r| ≤ ln 2 / 2, a polynomial for eʳ (the minimax
 * one of that degree), and 2ⁿ put into the exponent. Results below 2⁻¹²⁶ only come out right where `far`: 2ⁿ is then made
 * as 2ⁿ⁺⁶⁴ · 2⁻⁶⁴, so that they are rounded once.
 */
// @ts-ignore: decorator
@inline
function exp(x: v128, far: bool): v128 {
  // Adding 1.5·2²³ rounds to a whole number and leaves it in the low bits.
  const shifted = f32x4.add(f32x4.mul(x, f32x4.splat(1.4426950216293335)), f32x4.splat(12582912));
  const n = f32x4.sub(shifted, f32x4.splat(12582912));
  // ln 2 in two parts, the first of few bits.
  const coarse = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  const r = f32x4.add(coarse, f32x4.mul(n, f32x4.splat(2.1219444e-4)));
  let y = f32x4.add(f32x4.mul(f32x4.splat(0.0013814539415761828), r), f32x4.splat(0.00836874544620514));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(0.04166838899254799));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(0.1666652113199234));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(0.4999999403953552));
  y = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(r, r), y), r), f32x4.splat(1));
  const power = i32x4.shl(shifted, 23);
  if (!far) return i32x4.add(y, power);
  return f32x4.mul(f32x4.mul(y, i32x4.add(power, i32x4.splat((127 + 64) << 23))), f32x4.splat(5.421010862427522e-20));
}

/** Logits minus the largest one. No entry above the bound has a larger one, nor one below −bound a smaller one than `least`. */
// @ts-ignore: decorator
@inline
function distance(values: v128, temperature: v128, largest: v128, least: v128): v128 {
  const x = f32x4.sub(f32x4.div(values, temperature), largest);
  return f32x4.pmax(least, f32x4.pmin(f32x4.splat(0), x));
}

/**
 * Replaces the entries of `at` … `end` by e^(logit − largest); gives their sum without what fills up the row. `lowest` is
 * the least logit that there can be.
 */
function powers(at: i32, end: i32, filled: i32, lowest: f32, largest: f32, temperature: f32): f64 {
  const top = f32x4.splat(largest);
  const divisor = f32x4.splat(temperature);
  // e⁻¹⁰⁴ is 0 in float32.
  const floor = max<f32>(lowest - largest, -104);
  const least = f32x4.splat(floor);
  const far = floor < -87;
  let sum: f64 = 0;
  while (at < end) {
    const until = min(at + BLOCK, end);
    let block = f32x4.splat(0);
    if (far) {
      for (; at < until; at += 16) {
        const a = exp(distance(v128.load(at), divisor, top, least), true);
        v128.store(at, a);
        block = f32x4.add(block, a);
      }
    } else {
      for (; at < until; at += 16) {
        const a = exp(distance(v128.load(at), divisor, top, least), false);
        v128.store(at, a);
        block = f32x4.add(block, a);
      }
    }
    sum += sumOfLanes(block);
  }
  for (; filled < end; filled += 4) sum -= <f64>load<f32>(filled);
  return sum;
}

function scale(at: i32, end: i32, factor: f32): void {
  const factors = f32x4.splat(factor);
  for (; at < end; at += GROUP) {
    v128.store(at, f32x4.mul(v128.load(at), factors));
    v128.store(at, f32x4.mul(v128.load(at, 16), factors), 16);
    v128.store(at, f32x4.mul(v128.load(at, 32), factors), 32);
    v128.store(at, f32x4.mul(v128.load(at, 48), factors), 48);
  }
}

/** The first entry whose logit is the largest, or UNSURE where another one comes close to it. */
function firstLargest(at: i32, end: i32, largest: f32, bound: f32, temperature: f32): i32 {
  const top = f32x4.splat(largest);
  const bounds = f32x4.splat(bound);
  const divisor = f32x4.splat(temperature);
  const nearly = f32x4.splat(largest - CLOSE);
  let first = UNSURE;
  for (; at < end; at += 16) {
    const four = logits(v128.load(at), bounds, divisor);
    const equal = f32x4.eq(four, top);
    if (first < 0 && v128.any_true(equal)) {
      first = at + (ctz(i32x4.bitmask(equal)) << 2);
      if (abs(largest) > FAR) return first;
    }
    if (v128.any_true(v128.and(f32x4.gt(four, nearly), f32x4.lt(four, top)))) return UNSURE;
  }
  return first;
}

/**
 * Targets of `rows` rows of `columns` entries at `at`, in place. `labels` and `rawLabels` get one column a row;
 * `labels` gets −1 where the row has to be done in JavaScript: its entries then mean nothing. `lower` and `higher` are
 * the weights, filled up like a row; without balancing they are −1.
 */
export function assignRows(
  at: i32,
  rows: i32,
  columns: i32,
  lower: i32,
  higher: i32,
  temperature: f32,
  labels: i32,
  rawLabels: i32,
): void {
  const stride = ((columns << 2) + GROUP - 1) & -GROUP;
  const bound: f32 = lower < 0 ? Infinity : 1;
  for (let row = 0; row < rows; row++, at += stride, labels += 4, rawLabels += 4) {
    const end = at + stride;
    const filled = at + (columns << 2);
    fillUp(at, filled, end);
    store<i32>(labels, UNSURE);
    const total = findLargest(at, end);
    store<i32>(rawLabels, (bestAt - at) >> 2);
    if (!isFinite(total)) continue;
    let label = bestAt;
    let sure = false;
    if (lower >= 0) {
      balance(at, end, lower, higher);
      label = bestAt;
      // A hundredth above the others then, unless the clamp makes them equal or all are tiny.
      sure = best < 0.99 && best / temperature > 1e-3;
      best *= BOOST;
      store<f32>(bestAt, best);
      fillUp(at, filled, end);
      // Below 0 the boost moves down, and another entry may be the largest.
      if (!sure) findLargest(at, end);
    }
    const largest = logit(best, bound, temperature);
    if (!isFinite(largest)) continue;
    if (!sure) label = firstLargest(at, end, largest, bound, temperature);
    if (label < 0) continue;
    store<i32>(labels, (label - at) >> 2);
    const sum = powers(at, end, filled, -bound / temperature, largest, temperature);
    scale(at, end, <f32>(1 / sum));
  }
}
