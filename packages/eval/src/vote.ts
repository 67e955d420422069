import { BankTooSmallError, EvaluationOptionError, LabelError } from './errors.ts';
import type { FeatureRows } from './feature-chunk.ts';
import type { Neighbours } from './nearest-neighbours.ts';

/** The k of DINO's protocol, used where none are given. */
const DEFAULT_K: readonly number[] = [10, 20, 100, 200];

/** Shares (0 to 1) of the queries whose class came first, or among the first five, for one k. */
export interface KnnScore {
  k: number;
  top1: number;
  top5: number;
}

/** What a vote is told. */
export interface VoteOptions {
  /** Number of classes; labels are 0 to classes − 1. */
  classes: number;
  /**
   * Neighbours that vote, one score each. By default 10, 20, 100 and 200, of which those above the bank's size
   * are left out, as the report says.
   */
  k?: number | readonly number[];
  /** A neighbour's vote is exp(similarity / temperature). Default 0.07. */
  temperature?: number;
}

/** The settings of a vote, checked and completed. */
export interface VoteSettings {
  classes: number;
  /** Ascending, each once. */
  ks: number[];
  /** Whether ks may be left out where the bank is small. */
  defaulted: boolean;
  temperature: number;
}

/** @throws EvaluationOptionError for a k, a temperature or a number of classes outside its range */
export function voteSettings({ classes, k, temperature = 0.07 }: VoteOptions): VoteSettings {
  if (!Number.isInteger(classes) || classes < 1) {
    throw new EvaluationOptionError(`classes is ${classes}, expected the number of classes, 1 or more`);
  }
  if (!(temperature > 0 && temperature < Number.POSITIVE_INFINITY)) {
    throw new EvaluationOptionError(`temperature is ${temperature}, expected a positive number such as 0.07`);
  }
  const ks = k === undefined ? DEFAULT_K : typeof k === 'number' ? [k] : k;
  if (ks.length === 0) throw new EvaluationOptionError('k is an empty list, expected at least one number');
  for (const value of ks) {
    if (!Number.isInteger(value) || value < 1) {
      throw new EvaluationOptionError(`k is ${value}, expected a whole number of neighbours, 1 or more`);
    }
  }
  return {
    classes,
    ks: [...new Set(ks)].sort((a, b) => a - b),
    defaulted: k === undefined,
    temperature,
  };
}

/** @throws LabelError when there are no labels, or one is not a class */
export function checkLabels(
  chunk: Pick<FeatureRows, 'labels'>,
  classes: number,
  side: string,
  firstRow = 0,
): Int32Array {
  const { labels } = chunk;
  if (!labels) throw missingLabels(side);
  const bad = labels.findIndex((label) => !(label >= 0 && label < classes));
  if (bad >= 0) {
    throw new LabelError(
      `${side} row ${firstRow + bad} has label ${labels[bad]}, expected 0 to ${classes - 1}: check labels and classes`,
    );
  }
  return labels;
}

function missingLabels(side: string): LabelError {
  return new LabelError(`${side}: no labels, but a k-NN vote needs them: pass labels, one a row`);
}

/**
 * The ks that can be scored with so many neighbours a query.
 *
 * @throws BankTooSmallError when a k that was asked for is too large, or none of the default ones fits
 */
export function fittingKs({ ks, defaulted }: VoteSettings, available: number, bankRows: number): number[] {
  const fitting = ks.filter((k) => k <= available);
  if (fitting.length < ks.length && (!defaulted || fitting.length === 0)) {
    throw new BankTooSmallError(
      `k is ${ks[fitting.length]}, but a query has ${available} neighbours (the bank has ${bankRows} rows): ` +
        `pass k of at most ${available}, or a larger bank`,
    );
  }
  return fitting;
}

/**
 * Counts hits over blocks of sorted neighbours. The votes are those of the protocol divided by the nearest
 * neighbour's, which changes no order and cannot overflow.
 */
export class VoteTally {
  readonly #settings: VoteSettings;
  readonly #hits1: number[];
  readonly #hits5: number[];
  readonly #votes: Float64Array;
  readonly #hasVoted: Uint8Array;
  #queries = 0;

  constructor(settings: VoteSettings) {
    this.#settings = settings;
    this.#hits1 = settings.ks.map(() => 0);
    this.#hits5 = settings.ks.map(() => 0);
    this.#votes = new Float64Array(settings.classes);
    this.#hasVoted = new Uint8Array(settings.classes);
  }

  /**
   * @param found neighbours each query has, at most `neighbours.k`
   * @param queryLabels labels of all queries; the block's begin at `firstQuery`
   * @throws LabelError when a neighbour's label is not a class
   */
  add(neighbours: Neighbours, found: number, queryLabels: Int32Array, firstQuery = 0): void {
    const { labels } = neighbours;
    if (!labels) throw missingLabels('bank');
    for (let query = 0; query < neighbours.queries; query++) {
      this.#vote(
        neighbours.similarities,
        labels,
        query * neighbours.k,
        found,
        queryLabels[firstQuery + query],
      );
    }
    this.#queries += neighbours.queries;
  }

  scores(available: number, bankRows: number): KnnScore[] {
    return fittingKs(this.#settings, available, bankRows).map((k, i) => ({
      k,
      top1: this.#hits1[i] / this.#queries,
      top5: this.#hits5[i] / this.#queries,
    }));
  }

  #vote(similarities: Float32Array, labels: Int32Array, base: number, found: number, truth: number): void {
    const { ks, temperature } = this.#settings;
    const votes = this.#votes;
    const hasVoted = this.#hasVoted;
    const voted: number[] = [];
    let neighbour = 0;
    for (let i = 0; i < ks.length && ks[i] <= found; i++) {
      for (; neighbour < ks[i]; neighbour++) {
        const label = labels[base + neighbour];
        if (!(label >= 0 && label < votes.length)) {
          throw new LabelError(
            `a neighbour has label ${label}, expected 0 to ${votes.length - 1}: check classes`,
          );
        }
        const weight = Math.exp((similarities[base + neighbour] - similarities[base]) / temperature);
        if (hasVoted[label] === 0) voted.push(label);
        hasVoted[label] = 1;
        votes[label] += weight;
      }
      const rank = this.#rank(voted, truth);
      if (rank < 1) this.#hits1[i]++;
      if (rank < Math.min(5, ks[i])) this.#hits5[i]++;
    }
    for (const label of voted) {
      votes[label] = 0;
      hasVoted[label] = 0;
    }
  }

  /** Number of classes that come before `truth`: those with more votes, and lower ones with as many. */
  #rank(voted: number[], truth: number): number {
    const votes = this.#votes;
    let before = 0;
    let votedBelow = 0;
    for (const label of voted) {
      if (votes[label] > votes[truth] || (votes[label] === votes[truth] && label < truth)) before++;
      if (label < truth) votedBelow++;
    }
    return votes[truth] > 0 ? before : before + truth - votedBelow;
  }
}
