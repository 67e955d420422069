import { describe, expect, it, vi } from 'vitest';
import { type HostTensor, hostBackend, NonFiniteError } from './index.ts';

const simd = hostBackend();
const plain = hostBackend({ simd: false });

const { fround } = Math;
const UNIT = 2 ** -24;
/** The roundings of an exponential, of the sum and of the quotient, of each target. */
const ROUNDINGS = 8 * UNIT;
/** Those of the exponent x, whose error counts |x| times. */
const EXPONENT_ROUNDINGS = 3 * UNIT;
const SMALLEST = 2 ** -149;

/** Numbers in [0, 1), the same for the same seed. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const tensor = (data: Float32Array, shape: number[]): HostTensor => ({ data, shape });

interface Case {
  rows: number;
  clusters: number;
  temperature?: number;
  entry: (random: () => number) => number;
  weight?: (random: () => number) => number;
}

const cases: Record<string, Case> = {
  'of cosines': { rows: 7, clusters: 300, entry: (random) => 1.8 * random() - 0.9 },
  'of one cluster': { rows: 3, clusters: 1, entry: (random) => 2 * random() - 1 },
  'of equal entries': { rows: 3, clusters: 37, entry: () => 0.25 },
  'of few values, which tie': { rows: 50, clusters: 70, entry: (random) => Math.floor(random() * 4) / 4 },
  'that saturate': { rows: 9, clusters: 530, entry: (random) => 0.98 + 0.03 * random() },
  'of −1, where the boost moves out of bounds': { rows: 2, clusters: 21, entry: () => -1, weight: () => 1 },
  'beyond −1 … 1': { rows: 9, clusters: 70, entry: (random) => 2.4 * random() - 1.2 },
  'below 0, where the boost moves down': {
    rows: 9,
    clusters: 65,
    entry: (random) => -0.5 - 0.001 * random(),
    weight: () => 1,
  },
  'some of which are below −1': {
    rows: 9,
    clusters: 40,
    entry: (random) => 2.1 * random() - 1.2,
    weight: () => 1,
  },
  'whose logits differ by a rounding, from 1 to 2': {
    rows: 60,
    clusters: 33,
    temperature: 0.5,
    entry: (random) => 0.7 + Math.floor(random() * 4) * 2 ** -25,
    weight: () => 1,
  },
  'of a temperature that makes all logits large': {
    rows: 20,
    clusters: 2,
    temperature: 9.12e-10,
    entry: (random) => 1 - Math.floor(random() * 3) * 2 ** -24,
    weight: () => 1,
  },
  'of large logits near each other': {
    rows: 20,
    clusters: 7,
    temperature: 0.026,
    entry: (random) => 8e6 + Math.floor(random() * 4) / 2,
  },
  'of a flat background': {
    rows: 8,
    clusters: 256,
    entry: (random) => (random() < 1 / 256 ? 0.766 : 0.1),
    weight: () => 1,
  },
  'of a flat row': { rows: 3, clusters: 70_000, entry: () => 0.1, weight: () => 1 },
  'of a very high temperature': {
    rows: 9,
    clusters: 50,
    temperature: 1e6,
    entry: (random) => 2 * random() - 1,
  },
  'of a temperature that makes them huge': {
    rows: 3,
    clusters: 20,
    temperature: 1e-30,
    entry: (random) => 1e-10 * random(),
  },
  'of tiny entries': { rows: 9, clusters: 33, entry: (random) => 1e-7 * (random() - 0.5) },
  'whose targets differ by a rounding': {
    rows: 40,
    clusters: 66,
    temperature: 1,
    entry: (random) => 0.4 + Math.floor(random() * 3) * 2 ** -25,
    weight: () => 1,
  },
  'of a low temperature, whose targets underflow': {
    rows: 5,
    clusters: 1000,
    temperature: 0.01,
    entry: (random) => 2 * random() - 1,
  },
  'of a high temperature': { rows: 5, clusters: 130, temperature: 1e4, entry: (random) => 2 * random() - 1 },
  'of a large number of clusters': { rows: 3, clusters: 70_001, entry: (random) => random() - 0.5 },
  'of several tiles': { rows: 1100, clusters: 64, entry: (random) => random() - 0.5 },
  'of large numbers': {
    rows: 4,
    clusters: 100,
    temperature: 1e30,
    entry: (random) => 1e37 * (random() - 0.5),
  },
};

function weights(clusters: number, weight: (random: () => number) => number, random: () => number) {
  const make = () =>
    tensor(
      Float32Array.from({ length: clusters }, () => weight(random)),
      [clusters],
    );
  return { lower: make(), higher: make() };
}

/** Balanced similarities of a row, rounded to float32 after every operation. */
function balancedRow(row: number[], lower: number[], higher: number[]): number[] {
  const moved = row.map((z, k) => {
    const pulled = fround(1 - fround(fround(1 - z) * lower[k]));
    return fround(fround(fround(pulled + 1) * higher[k]) - 1);
  });
  const nearest = moved.indexOf(Math.max(...moved));
  moved[nearest] = fround(moved[nearest] * fround(1.01));
  return moved.map((value) => Math.max(-1, Math.min(1, value)));
}

/** Softmax in double precision, and the exponents. */
function softmax(logits: number[]) {
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const exponents = logits.map((logit) => logit - largest);
  const sum = exponents.reduce((total, x) => total + Math.exp(x), 0);
  return { targets: exponents.map((x) => Math.exp(x) / sum), exponents };
}

/** Nothing where the targets are those of the row's logits, exact or in float32, but for roundings; else what differs. */
function difference(targets: number[], row: number[], temperature: number): string | undefined {
  const exact = softmax(row.map((value) => value / fround(temperature)));
  const rounded = softmax(row.map((value) => fround(value / fround(temperature))));
  const bad = targets.findIndex((target, k) =>
    [exact, rounded].every(({ targets: expected, exponents }) => {
      const tolerance = ROUNDINGS - EXPONENT_ROUNDINGS * exponents[k];
      return !(Math.abs(target - expected[k]) <= tolerance * expected[k] + SMALLEST);
    }),
  );
  return bad < 0 ? undefined : `target ${bad} is ${targets[bad]}, but ${exact.targets[bad]} exactly`;
}

describe('the kernel', () => {
  describe.each(Object.entries(cases))('%s', (_, { rows, clusters, temperature = 0.04, entry, weight }) => {
    it.each([1, 2, 3].flatMap((seed) => [true, false].map((balanced) => ({ seed, balanced }))))(
      'gives the labels of JavaScript, and targets of the same logits: seed $seed, balanced $balanced',
      ({ seed, balanced }) => {
        const random = seeded(seed);
        const z = tensor(
          Float32Array.from({ length: rows * clusters }, () => entry(random)),
          [rows, clusters],
        );
        const before = z.data.slice();
        const weigh = weight ?? ((draw) => Math.min(1, 2 * draw()) ** 3);
        const options = { weights: balanced ? weights(clusters, weigh, random) : undefined, temperature };
        const got = simd.fused!.assign!(z, options);
        const expected = plain.fused!.assign!(z, options);
        expect(got.assignments).toEqual(expected.assignments);
        expect(got.rawAssignments).toEqual(expected.rawAssignments);
        expect(got.targets.shape).toEqual([rows, clusters]);
        for (let row = 0; row < rows; row++) {
          const own = ({ data }: HostTensor) =>
            Array.from(data.subarray(row * clusters, (row + 1) * clusters));
          const { lower, higher } = options.weights ?? {};
          const values =
            lower && higher ? balancedRow(own(z), Array.from(lower.data), Array.from(higher.data)) : own(z);
          expect(difference(own(got.targets), values, temperature), `row ${row}`).toBeUndefined();
        }
        expect(z.data).toEqual(before);
      },
    );
  });

  it('gives the labels of JavaScript for rows made to mislead it', () => {
    const random = seeded(7);
    const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)];
    /** What the entries of a case are drawn from. */
    const entries: (() => () => number)[] = [
      () => () => 2 * random() - 1,
      () => () => Math.round(4 * random()) / 4 - 0.5,
      () => () => (random() < 0.5 ? 0 : -0),
      () => () => -0.01 * random(),
      () => () => 1e-41 * (random() - 0.5),
      () => () => 0.97 + 0.06 * random(),
      () => () => -0.97 - 0.06 * random(),
      () => () => pick([1, -1, 0.99, 0.990099, 0.9900991, 1.0000001, -1.0000001, 0]),
      () => () => 1 / 1.01 + (Math.floor(5 * random()) - 2) * 2 ** -24,
      () => {
        const centre = 2 * random() - 1;
        return () => centre + Math.floor(3 * random()) * 2 ** -25;
      },
    ];
    const weighing = [() => 1, random, () => random() ** 8, () => pick([0, 1]), () => 2 * random()];
    for (let turn = 0; turn < 3000; turn++) {
      const rows = 1 + Math.floor(5 * random());
      const clusters = pick([1, 2, 7, 15, 16, 17, 31, 48, 64, 255, 256, 257, 300]);
      const temperature = pick([0.04, 0.1, 1, 0.0231, 0.0229, 0.01, 1e-3, 1e-6, 7, 1e4]);
      const z = tensor(Float32Array.from({ length: rows * clusters }, pick(entries)()), [rows, clusters]);
      const weigh = pick(weighing);
      const options = { weights: random() < 0.7 ? weights(clusters, weigh, random) : undefined, temperature };
      const got = simd.fused!.assign!(z, options);
      const expected = plain.fused!.assign!(z, options);
      const what = `turn ${turn}: ${rows} rows of ${clusters}, temperature ${temperature}`;
      expect(got.assignments, what).toEqual(expected.assignments);
      expect(got.rawAssignments, what).toEqual(expected.rawAssignments);
      for (let row = 0; row < rows; row++) {
        const targets = got.targets.data.subarray(row * clusters, (row + 1) * clusters) as Float32Array;
        expect(
          targets.reduce((sum, target) => sum + target, 0),
          what,
        ).toBeCloseTo(1, 4);
      }
    }
  });

  it('sums up small targets beside a large one where a row does not fill its last vectors', () => {
    const row = Array.from(Float32Array.of(0.5, 0.053, 0.056, 0.019, 0.038));
    const got = simd.fused!.assign!(tensor(Float32Array.from(row), [1, 5]), { temperature: 0.125 });
    expect(difference(Array.from(got.targets.data), row, 0.125)).toBeUndefined();
  });

  it.each([0.5, 1.5])('does as JavaScript where large weights make a NaN: %f', (second) => {
    const z = tensor(Float32Array.of(0.1, second, -3e38, 0.2), [1, 4]);
    const options = {
      weights: {
        lower: tensor(Float32Array.of(0.5, 0.5, 2, 0.5), [4]),
        higher: tensor(Float32Array.of(1, 1, 0, 1), [4]),
      },
      temperature: 0.04,
    };
    expect(simd.fused!.assign!(z, options)).toEqual(plain.fused!.assign!(z, options));
  });

  it('gives, where it runs, other roundings than JavaScript', () => {
    const z = tensor(Float32Array.from({ length: 1000 }, seeded(5)), [1, 1000]);
    const got = simd.fused!.assign!(z, { temperature: 0.04 });
    expect(got.targets.data).not.toEqual(plain.fused!.assign!(z, { temperature: 0.04 }).targets.data);
  });

  it.each([Number.NaN, Infinity, -Infinity])('names the first entry that is %s', (value) => {
    const random = seeded(9);
    for (const clusters of [5, 64, 515]) {
      for (const at of [0, clusters - 1, 2 * clusters + 3, 3 * clusters - 1]) {
        const data = Float32Array.from({ length: 4 * clusters }, random);
        data[at] = value;
        data[4 * clusters - 1] = Number.NaN;
        for (const balanced of [true, false]) {
          const options = {
            weights: balanced ? weights(clusters, (draw) => draw(), random) : undefined,
            temperature: 0.04,
          };
          const run = () => simd.fused!.assign!(tensor(data, [4, clusters]), options);
          expect(run).toThrow(NonFiniteError);
          expect(run).toThrow(`similarities[${Math.floor(at / clusters)}, ${at % clusters}] is ${value}`);
        }
      }
    }
  });

  it('takes the numbers of clusters as they come', () => {
    const backend = hostBackend();
    for (const clusters of [3, 200, 3, 1]) {
      const z = tensor(Float32Array.from({ length: 2 * clusters }, seeded(clusters)), [2, clusters]);
      const options = { temperature: 0.1 };
      const { assignments } = backend.fused!.assign!(z, options);
      expect(assignments).toEqual(plain.fused!.assign!(z, options).assignments);
    }
  });
});

describe.each([
  ['kernel', simd],
  ['JavaScript', plain],
])('into, with the %s', (_, backend) => {
  const data = () => Float32Array.from({ length: 2 * 21 }, seeded(3));
  const options = { temperature: 0.04 };
  const expected = backend.fused!.assign!(tensor(data(), [2, 21]), options);

  it('is where the targets are written', () => {
    const into = new Float32Array(2 * 21);
    const { targets } = backend.fused!.assign!(tensor(data(), [2, 21]), { ...options, into });
    expect(targets.data).toBe(into);
    expect(targets).toEqual(expected.targets);
  });

  it('may be the array of the similarities', () => {
    const z = data();
    expect(backend.fused!.assign!(tensor(z, [2, 21]), { ...options, into: z })).toEqual(expected);
    const broken = data();
    broken[24] = Number.NaN;
    expect(() => backend.fused!.assign!(tensor(broken, [2, 21]), { ...options, into: broken })).toThrow(
      'similarities[1, 3] is NaN',
    );
  });

  it('must have the right length', () => {
    const run = () =>
      backend.fused!.assign!(tensor(data(), [2, 21]), { ...options, into: new Float32Array(41) });
    expect(run).toThrow('into is Float32Array of length 41, but the targets need a Float32Array of 42');
  });
});

describe('without WebAssembly', () => {
  it.each([
    ['at all', undefined],
    ['that may compile', { Module: refuse, Memory: refuse, Instance: refuse }],
  ])('%s, JavaScript does the work', async (_, replacement) => {
    vi.resetModules();
    vi.stubGlobal('WebAssembly', replacement);
    try {
      const { hostBackend: fresh } = await import('./index.ts');
      const z = tensor(Float32Array.from({ length: 60 }, seeded(8)), [2, 30]);
      const got = fresh().fused!.assign!(z, { temperature: 0.04 });
      expect(got).toEqual(plain.fused!.assign!(z, { temperature: 0.04 }));
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

function refuse(): never {
  throw new Error('refused by the content security policy');
}
