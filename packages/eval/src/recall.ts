import { LabelError } from './errors.ts';
import type { EvaluationNames } from './knn.ts';
import { blockNeighbours, type Neighbours, tooFewRows } from './nearest-neighbours.ts';
import { neighbourBlocks, type SearchOptions } from './neighbour-blocks.ts';

/** What each sample shows, by sample number (a chunk's `indices`), equal where it shows the same thing. */
export interface Identities {
  bank: Int32Array;
  queries: Int32Array;
}

/** Options of `recallAt1`. */
export interface RecallOptions<T = unknown> extends SearchOptions<T> {
  identities: Identities;
  names?: EvaluationNames;
}

/** Result of an identity retrieval. */
export interface RecallReport {
  protocol: string;
  /** Share (0 to 1) of the queries whose nearest bank row has their identity. */
  recallAt1: number;
  queries: number;
  bankRows: number;
  featureSize: number;
}

/**
 * Identity retrieval: the share of queries whose nearest bank row by cosine similarity shows the same thing.
 * Every query counts, also one whose identity is not in the bank. Of equally similar bank rows the first counts.
 *
 * @throws LabelError when a sample has no identity; else as `nearestNeighbours`
 */
export async function recallAt1<T>(options: RecallOptions<T>): Promise<RecallReport> {
  const { queries, identities, leaveOneOut } = options;
  let hits = 0;
  let bankRows = 0;
  for await (const block of neighbourBlocks({ ...options, k: 1 })) {
    if (block.found < 1) throw tooFewRows(1, block);
    bankRows = block.bankRows;
    hits += countHits(blockNeighbours(block, queries.size), queries.indices, identities, block.firstQuery);
  }
  const count = queries.features.length / queries.size;
  const compared = { queries: count, bankRows, featureSize: queries.size, leaveOneOut: leaveOneOut ?? false };
  return report(hits, compared, options.names);
}

/**
 * The same as `recallAt1` from neighbours found before.
 *
 * @param options.queryIndices sample number of each query; by default 0, 1, …
 */
export function scoreRecallAt1(
  neighbours: Neighbours,
  options: { identities: Identities; queryIndices?: Int32Array; names?: EvaluationNames },
): RecallReport {
  const hits = countHits(neighbours, options.queryIndices, options.identities, 0);
  return report(hits, neighbours, options.names);
}

function countHits(
  neighbours: Neighbours,
  queryIndices: Int32Array | undefined,
  identities: Identities,
  firstQuery: number,
): number {
  let hits = 0;
  for (let query = 0; query < neighbours.queries; query++) {
    const sample = queryIndices ? queryIndices[firstQuery + query] : firstQuery + query;
    const nearest = neighbours.samples[query * neighbours.k];
    if (identityOf(identities.queries, sample, 'queries') === identityOf(identities.bank, nearest, 'bank')) {
      hits++;
    }
  }
  return hits;
}

function identityOf(identities: Int32Array, sample: number, side: string): number {
  const identity = identities[sample];
  if (identity === undefined) {
    throw new LabelError(
      `${side}: sample ${sample} has no identity, ${identities.length} were given: pass one for every sample of the source`,
    );
  }
  return identity;
}

function report(
  hits: number,
  compared: Pick<Neighbours, 'queries' | 'bankRows' | 'featureSize' | 'leaveOneOut'>,
  names?: EvaluationNames,
): RecallReport {
  const { queries, bankRows, featureSize, leaveOneOut } = compared;
  const protocol = [
    'identity R@1: nearest bank row by cosine, every query counts, ties: first bank row',
    `features: ${names?.features ?? 'unnamed'}, size ${featureSize}, L2-normalised`,
    `bank: ${names?.bank ?? 'unnamed'}, ${bankRows} rows${leaveOneOut ? ', without the query itself' : ''}`,
    `queries: ${names?.queries ?? 'unnamed'}, ${queries} rows`,
  ].join('; ');
  return { protocol, recallAt1: hits / queries, queries, bankRows, featureSize };
}
