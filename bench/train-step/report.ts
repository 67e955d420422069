import { PYTORCH } from './contenders.ts';
import type { Measurement, Outcome } from './measure.ts';

/** What the bench says of one contender. */
interface Figures {
  imagesPerSecond: number;
  /** Median over the rounds. */
  stepSeconds: number;
  /** The fastest step. */
  minimumStepSeconds: number;
  firstStepSeconds: number;
  /** 10⁶ bytes. */
  peakMegabytes: number;
  parameters: number;
  version?: string;
}

type Ratios = Record<string, number>;

/** The whole report: the line of `--json`. */
export interface Report {
  work: string;
  batch: number;
  threads: number;
  rounds: number;
  steps: number;
  /** Load average of the machine before the first step: what else was running. */
  loadBefore: number;
  engines: Record<string, Figures | { error: string }>;
  pytorch?: Figures | { error: string };
  /** Images a second of one over another's: the median over the rounds, each round with its own. */
  ratios: Ratios;
  /** Peak memory of an engine over PyTorch's. */
  memoryRatios: Ratios;
}

type Frame = Pick<Report, 'work' | 'batch' | 'threads' | 'rounds' | 'steps' | 'loadBefore'>;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const rounded = (value: number, digits = 4) => Number(value.toPrecision(digits));

function figuresOf(outcome: Outcome, batch: number): Figures | { error: string } {
  if ('error' in outcome) return outcome;
  const { parameters, version, firstStepSeconds, rounds, minimumSeconds, peakBytes } = outcome;
  const seconds = median(rounds);
  return {
    imagesPerSecond: rounded(batch / seconds),
    stepSeconds: rounded(seconds),
    minimumStepSeconds: rounded(minimumSeconds),
    firstStepSeconds: rounded(firstStepSeconds),
    peakMegabytes: Math.round(peakBytes / 1e6),
    parameters,
    ...(version ? { version } : {}),
  };
}

/** @throws Error where two contenders do not train the same number of parameters */
export function makeReport(frame: Frame, outcomes: ReadonlyMap<string, Outcome>): Report {
  const figures = [...outcomes].map(([name, outcome]) => [name, figuresOf(outcome, frame.batch)] as const);
  const measured = [...outcomes].filter((entry): entry is [string, Measurement] => !('error' in entry[1]));
  expectSameWork(measured);
  const ratios: Ratios = {};
  const memoryRatios: Ratios = {};
  measured.forEach(([name, own], i) => {
    for (const [other, reference] of measured.slice(i + 1)) {
      const quotients = own.rounds.map((seconds, round) => reference.rounds[round] / seconds);
      ratios[`${name}/${other}`] = rounded(median(quotients), 3);
      if (other === PYTORCH)
        memoryRatios[`${name}/${other}`] = rounded(own.peakBytes / reference.peakBytes, 3);
    }
  });
  const pytorch = figures.find(([name]) => name === PYTORCH)?.[1];
  return {
    ...frame,
    engines: Object.fromEntries(figures.filter(([name]) => name !== PYTORCH)),
    ...(pytorch ? { pytorch } : {}),
    ratios,
    memoryRatios,
  };
}

function expectSameWork(measured: [string, Measurement][]): void {
  for (const [name, { parameters }] of measured.slice(1)) {
    const [first, reference] = measured[0];
    if (parameters !== reference.parameters) {
      throw new Error(
        `${name} trains ${parameters} numbers, ${first} ${reference.parameters}: they do not do the same work`,
      );
    }
  }
}

/** Load average from which figures cannot be trusted: other programs take whole cores. */
const BUSY = 0.7;

/** The report for people. */
export function formatReport(report: Report): string {
  const { work, batch, threads, rounds, steps, loadBefore, engines, pytorch, ratios, memoryRatios } = report;
  const contenders = Object.entries({ ...engines, ...(pytorch ? { [PYTORCH]: pytorch } : {}) });
  const row = (cells: string[]) => cells.map((cell, i) => (i ? cell.padStart(14) : cell.padEnd(14))).join('');
  const lines = contenders.map(([name, own]) =>
    'error' in own
      ? `${name.padEnd(14)}  ${own.error}`
      : row([
          name,
          own.imagesPerSecond.toPrecision(3),
          `${own.stepSeconds.toPrecision(3)} s`,
          `${own.minimumStepSeconds.toPrecision(3)} s`,
          `${own.firstStepSeconds.toPrecision(3)} s`,
          `${own.peakMegabytes} MB`,
        ]),
  );
  const compared = Object.entries(ratios).map(([pair, ratio]) => {
    const memory = memoryRatios[pair];
    return `${pair}: ${ratio}× the images a second${memory ? `, ${memory}× the peak memory` : ''}`;
  });
  const busy =
    loadBefore < BUSY ? [] : [`the machine was busy (load ${loadBefore}): measure again when it is idle`];
  return [
    `${work}: batch ${batch}, ${threads} threads, ${rounds} rounds of ${steps} steps`,
    row(['', 'images/s', 'a step', 'fastest', 'first step', 'peak memory']),
    ...lines,
    ...compared,
    ...busy,
  ].join('\n');
}
