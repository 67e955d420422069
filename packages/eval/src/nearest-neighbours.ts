import { BankTooSmallError } from './errors.ts';
import { type NeighbourBlock, neighbourBlocks, type SearchOptions } from './neighbour-blocks.ts';

/** The k nearest bank rows of every query by cosine, nearest first; each array is [queries, k], row-major. */
export interface Neighbours {
  k: number;
  queries: number;
  bankRows: number;
  featureSize: number;
  /** Whether a query's own row in the bank was passed over. */
  leaveOneOut: boolean;
  /** Cosine similarities. */
  similarities: Float32Array;
  /** Bank rows, numbered in the order they arrived. */
  rows: Int32Array;
  /** The same rows by the bank chunks' `indices`; equal to `rows` where those have none. */
  samples: Int32Array;
  /** The bank's labels, where it has them. */
  labels?: Int32Array;
}

/** Options of `nearestNeighbours`. */
export interface NearestNeighboursOptions<T = unknown> extends SearchOptions<T> {
  /** Neighbours a query. */
  k: number;
}

/**
 * Finds the k nearest bank rows of every query by cosine similarity. Features are L2-normalised on the way, in
 * copies. Of equally similar bank rows the one that came first is the nearer. The result takes 16 bytes a
 * neighbour; what is needed beside it stays under 64 MiB.
 *
 * Both `scoreKnn` and `scoreRecallAt1` can be made from one result.
 *
 * @throws FeatureShapeError, NonFiniteFeatureError, BankSweepError, EvaluationOptionError
 * @throws BankTooSmallError when the bank has fewer than k rows for some query
 */
export async function nearestNeighbours<T>(options: NearestNeighboursOptions<T>): Promise<Neighbours> {
  const { k, queries } = options;
  let result: Neighbours | undefined;
  for await (const block of neighbourBlocks(options)) {
    if (block.found < k) throw tooFewRows(k, block);
    const total = queries.features.length / queries.size;
    if (block.queries === total) return blockNeighbours(block, queries.size);
    result ??= {
      k,
      queries: total,
      bankRows: block.bankRows,
      featureSize: queries.size,
      leaveOneOut: block.leaveOneOut,
      similarities: new Float32Array(total * k),
      rows: new Int32Array(total * k),
      samples: new Int32Array(total * k),
      ...(block.bankHasLabels && { labels: new Int32Array(total * k) }),
    };
    const part = blockNeighbours(block, queries.size);
    result.similarities.set(part.similarities, block.firstQuery * k);
    result.rows.set(part.rows, block.firstQuery * k);
    result.samples.set(part.samples, block.firstQuery * k);
    if (part.labels) result.labels?.set(part.labels, block.firstQuery * k);
  }
  return result as Neighbours;
}

/** A block in the form of a whole result; the arrays stay the block's. */
export function blockNeighbours(block: NeighbourBlock, featureSize: number): Neighbours {
  const { table, queries, bankRows } = block;
  const length = queries * table.k;
  return {
    k: table.k,
    queries,
    bankRows,
    featureSize,
    leaveOneOut: block.leaveOneOut,
    similarities: table.similarities.subarray(0, length),
    rows: table.rows.subarray(0, length),
    samples: table.samples.subarray(0, length),
    ...(block.bankHasLabels && { labels: table.labels.subarray(0, length) }),
  };
}

export function tooFewRows(k: number, block: NeighbourBlock): BankTooSmallError {
  const other = block.leaveOneOut ? ` (${block.found} beside a query itself)` : '';
  return new BankTooSmallError(
    `k is ${k}, but the bank has ${block.bankRows} rows${other}: ask for at most ${block.found} neighbours or pass a larger bank`,
  );
}
