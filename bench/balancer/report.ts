import { median, type Outcome } from './measure.ts';

/** What the bench says of one contender. */
interface Figures {
  /** Median over the rounds of a round's median. */
  milliseconds: number;
  /** The fastest round: what is left of it where other programs took turns. */
  fastestMilliseconds: number;
  /** Time of a copy of the similarities over that of a step: the share of the bandwidth that a copy has. */
  shareOfCopy?: number;
  /** In memory at the peak of a step, beyond inputs, outputs and running sizes. 10⁶ bytes. */
  extraMegabytes?: number;
  formulation?: string;
}

/** One size; a line of `--json` has all of them. */
export interface SizeReport {
  rows: number;
  clusters: number;
  /** Load average of the machine before the first step: what else was running. */
  loadBefore: number;
  /** Bytes that a copy reads and writes in a second, in 10⁹. */
  copyGigabytesPerSecond?: number;
  contenders: Record<string, Figures | { error: string }>;
  /** How many times as fast the first is as the second: the median over the rounds, each with its own. */
  ratios: Record<string, number>;
}

const rounded = (value: number, digits = 3) => Number(value.toPrecision(digits));

/** Whose times are compared, and with whose. */
const COMPARED: [string, string][] = [
  ['simd', 'javascript'],
  ['simd, 2 threads', 'simd'],
  ['simd', 'simd, new array'],
  ['simd', 'tfjs-wasm'],
  ['simd', 'pytorch, 1 thread'],
  ['simd', 'pytorch, 2 threads'],
  ['simd', 'pytorch as usual, 2 threads'],
  ['simd, 2 threads', 'pytorch, 2 threads'],
  ['kernel arrays, 2 threads', 'kernel arrays'],
  ['kernel arrays', 'simd'],
  ['kernel arrays', 'pytorch, 1 thread'],
  ['kernel arrays', 'pytorch, 2 threads'],
  ['kernel arrays, 2 threads', 'pytorch, 2 threads'],
  ['simd, 2 threads', 'pytorch sinkhorn, 2 threads'],
  ['simd, 2 threads', 'pytorch mira, 2 threads'],
  ['simd', 'sinkhorn'],
  ['simd', 'mira'],
];

export function makeReport(
  frame: Pick<SizeReport, 'rows' | 'clusters' | 'loadBefore'>,
  outcomes: ReadonlyMap<string, Outcome>,
): SizeReport {
  const roundsOf = (name: string) => {
    const outcome = outcomes.get(name);
    return outcome && 'rounds' in outcome ? outcome.rounds : undefined;
  };
  /** How many times as long `other` takes as `name`. */
  const ratio = (name: string, other: string) => {
    const [own, theirs] = [roundsOf(name), roundsOf(other)];
    return own && theirs ? rounded(median(own.map((seconds, i) => theirs[i] / seconds))) : undefined;
  };
  const figures = (name: string, outcome: Outcome): Figures | { error: string } => {
    if ('error' in outcome) return outcome;
    const { rounds, extraBytes, formulation } = outcome;
    return {
      milliseconds: rounded(1000 * median(rounds)),
      fastestMilliseconds: rounded(1000 * Math.min(...rounds)),
      ...(name === 'copy' ? {} : { shareOfCopy: ratio(name, 'copy') }),
      ...(extraBytes == null ? {} : { extraMegabytes: rounded(extraBytes / 1e6) }),
      ...(formulation ? { formulation } : {}),
    };
  };
  const copy = roundsOf('copy');
  const ratios: Record<string, number> = {};
  for (const [name, other] of COMPARED) {
    const value = ratio(name, other);
    if (value !== undefined) ratios[`${name} / ${other}`] = value;
  }
  return {
    ...frame,
    ...(copy
      ? { copyGigabytesPerSecond: rounded((8 * frame.rows * frame.clusters) / median(copy) / 1e9) }
      : {}),
    contenders: Object.fromEntries([...outcomes].map(([name, outcome]) => [name, figures(name, outcome)])),
    ratios,
  };
}

/** Load average from which figures cannot be trusted: other programs take whole cores. */
const BUSY = 0.7;

/** The report for people. */
export function formatReport(report: SizeReport): string {
  const { rows, clusters, loadBefore, copyGigabytesPerSecond, contenders, ratios } = report;
  const row = (cells: string[]) => cells.map((cell, i) => (i ? cell.padStart(16) : cell.padEnd(28))).join('');
  const lines = Object.entries(contenders).map(([name, own]) =>
    'error' in own
      ? `${name.padEnd(28)}  ${own.error}`
      : row([
          name,
          `${own.milliseconds} ms`,
          `${own.fastestMilliseconds} ms`,
          own.shareOfCopy === undefined ? '' : `${Math.round(100 * own.shareOfCopy)}%`,
          own.extraMegabytes === undefined ? '' : `${own.extraMegabytes} MB`,
          own.formulation ?? '',
        ]),
  );
  const busy =
    loadBefore < BUSY ? [] : [`the machine was busy (load ${loadBefore}): measure again when it is idle`];
  return [
    `${rows} rows, ${clusters} clusters; a copy moves ${copyGigabytesPerSecond} GB/s`,
    row(['', 'a step', 'fastest', 'of a copy', 'extra memory', 'formulation']),
    ...lines,
    ...Object.entries(ratios).map(([pair, ratio]) => `${pair}: ${ratio}× as fast`),
    ...busy,
    '',
  ].join('\n');
}
