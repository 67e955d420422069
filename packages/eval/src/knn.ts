import { FeatureShapeError } from './errors.ts';
import { countRows } from './feature-chunk.ts';
import { blockNeighbours, type Neighbours } from './nearest-neighbours.ts';
import { neighbourBlocks, type SearchOptions } from './neighbour-blocks.ts';
import {
  checkLabels,
  fittingKs,
  type KnnScore,
  type VoteOptions,
  type VoteSettings,
  VoteTally,
  voteSettings,
} from './vote.ts';

/** What a report calls the things it compares. */
export interface EvaluationNames {
  /** The layer or network that the features are of. */
  features?: string;
  /** The split that the bank is. */
  bank?: string;
  /** The split that the queries are. */
  queries?: string;
}

/** Options of `knn`. */
export interface KnnOptions<T = unknown> extends SearchOptions<T>, VoteOptions {
  names?: EvaluationNames;
}

/** Result of a k-NN evaluation. Two reports may be compared when their `protocol` differs in the network only. */
export interface KnnReport {
  protocol: string;
  /** One for every k, ascending. */
  scores: KnnScore[];
  /** Default ks that the bank was too small for. */
  droppedK: number[];
  classes: number;
  temperature: number;
  queries: number;
  bankRows: number;
  featureSize: number;
}

/**
 * k-NN classification by the protocol of DINO (Caron et al. 2021): the k bank rows of the highest cosine
 * similarity to a query vote for their class with weight exp(similarity / temperature); top-1 and top-5 are the
 * shares of queries whose class has the most votes, or is among the min(5, k) classes with the most.
 *
 * Features are L2-normalised on the way, in copies. Ties: of equally similar bank rows the one that came first
 * is taken; of classes with equal votes, none included, the lower comes first.
 *
 * The bank is read as a stream and memory stays under 256 MiB at any number of bank rows and queries.
 *
 * @throws FeatureShapeError when sizes or lengths do not fit; NonFiniteFeatureError naming the row
 * @throws LabelError when bank or queries have no labels, or one outside 0 to classes − 1
 * @throws BankTooSmallError when a k that was asked for is larger than the bank
 * @throws BankSweepError when the bank would have to be read more than once and cannot be
 * @throws EvaluationOptionError for a k, a temperature or a number of classes outside its range
 */
export async function knn<T>(options: KnnOptions<T>): Promise<KnnReport> {
  const settings = voteSettings(options);
  const { queries, leaveOneOut } = options;
  countRows(queries, 'queries');
  const queryLabels = checkLabels(queries, settings.classes, 'queries');
  const tally = new VoteTally(settings);
  let available = Number.POSITIVE_INFINITY;
  let bankRows = 0;
  for await (const block of neighbourBlocks({
    ...options,
    k: settings.ks[settings.ks.length - 1],
    checkChunk: (chunk, firstRow) => checkLabels(chunk, settings.classes, 'bank', firstRow),
  })) {
    available = Math.min(available, block.found);
    bankRows = block.bankRows;
    fittingKs(settings, available, bankRows);
    tally.add(blockNeighbours(block, queries.size), block.found, queryLabels, block.firstQuery);
  }
  return report(settings, tally.scores(available, bankRows), {
    queries: queryLabels.length,
    bankRows,
    featureSize: queries.size,
    names: options.names,
    leaveOneOut: leaveOneOut ?? false,
  });
}

/** Options of `scoreKnn`. */
export interface ScoreKnnOptions extends VoteOptions {
  /** The class of each query. */
  queryLabels: Int32Array;
  names?: EvaluationNames;
}

/**
 * The same vote as `knn` over neighbours found before; k defaults to those of the protocol up to `neighbours.k`.
 *
 * @throws LabelError, FeatureShapeError, BankTooSmallError, EvaluationOptionError as `knn` does
 */
export function scoreKnn(neighbours: Neighbours, options: ScoreKnnOptions): KnnReport {
  const settings = voteSettings(options);
  const queryLabels = checkLabels({ labels: options.queryLabels }, settings.classes, 'queries');
  if (queryLabels.length !== neighbours.queries) {
    throw new FeatureShapeError(
      `${queryLabels.length} labels for ${neighbours.queries} queries: pass one each`,
    );
  }
  const tally = new VoteTally(settings);
  tally.add(neighbours, neighbours.k, queryLabels);
  return report(settings, tally.scores(neighbours.k, neighbours.bankRows), {
    ...neighbours,
    names: options.names,
  });
}

interface Compared {
  queries: number;
  bankRows: number;
  featureSize: number;
  names?: EvaluationNames;
  leaveOneOut: boolean;
}

function report(settings: VoteSettings, scores: KnnScore[], compared: Compared): KnnReport {
  const { classes, temperature } = settings;
  const { queries, bankRows, featureSize, names, leaveOneOut } = compared;
  const kept = scores.map(({ k }) => k);
  const droppedK = settings.ks.filter((k) => !kept.includes(k));
  const protocol = [
    `weighted k-NN: k = ${kept.join(', ')}, votes exp(cosine / ${temperature}) over ${classes} classes`,
    `features: ${names?.features ?? 'unnamed'}, size ${featureSize}, L2-normalised`,
    `bank: ${names?.bank ?? 'unnamed'}, ${bankRows} rows${leaveOneOut ? ', without the query itself' : ''}`,
    `queries: ${names?.queries ?? 'unnamed'}, ${queries} rows`,
    'top-5 counts min(5, k) classes; ties: first bank row, lowest class',
    ...(droppedK.length > 0 ? [`left out, too few neighbours: k = ${droppedK.join(', ')}`] : []),
  ].join('; ');
  return { protocol, scores, droppedK, classes, temperature, queries, bankRows, featureSize };
}

/** The report as lines of text: the protocol, then one line a k. */
export function formatKnnReport({ protocol, scores }: KnnReport): string {
  const percent = (share: number) => `${(100 * share).toFixed(2)}%`.padStart(8);
  const lines = scores.map(
    ({ k, top1, top5 }) => `${String(k).padStart(6)}  ${percent(top1)}  ${percent(top5)}`,
  );
  return [protocol, '     k     top-1     top-5', ...lines].join('\n');
}
