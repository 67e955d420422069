import type { TensorBackend } from '@excb/tensor';
import { BankSweepError, EvaluationOptionError, FeatureShapeError, NonFiniteFeatureError } from './errors.ts';
import { countRows, type FeatureChunks, type FeatureRows } from './feature-chunk.ts';
import { BYTES_PER_NEIGHBOUR, NeighbourTable } from './neighbour-table.ts';
import { normaliseRows } from './normalise-rows.ts';
import { backendMultiplier, hostMultiplier, type TileMultiplier } from './similarity-tile.ts';

/**
 * Where the bank's features come from: chunks of any size, or a function that starts reading them anew. A
 * generator can be read once; see `SearchOptions.bank`.
 */
export type FeatureBank = FeatureChunks | (() => FeatureChunks);

/** What a search for neighbours is told, whatever is made of them. */
export interface SearchOptions<T = unknown> {
  /**
   * The vectors to search in. It is read once for every 52,428 queries at k = 200 (160 MiB of state: 16 bytes
   * a neighbour): more queries than that need an array of chunks or a function, not a generator.
   */
  bank: FeatureBank;
  /** The vectors to search for. */
  queries: FeatureRows;
  /**
   * A bank row with the same entry in `indices` as the query is no neighbour of it, for queries that are in
   * the bank themselves. Default false.
   */
  leaveOneOut?: boolean;
  /** Computes the similarities; by default a loop on typed arrays does. */
  backend?: TensorBackend<T>;
}

/** Sizes of what a search allocates. */
export interface SearchLimits {
  tableBytes: number;
  bankTileBytes: number;
  bankTileRows: number;
  queryTileBytes: number;
  queryTileRows: number;
}

const LIMITS: SearchLimits = {
  tableBytes: 160 * 2 ** 20,
  bankTileBytes: 8 * 2 ** 20,
  bankTileRows: 2048,
  queryTileBytes: 4 * 2 ** 20,
  queryTileRows: 512,
};

/** The sorted neighbours of some of the queries; the arrays are used again for the next block. */
export interface NeighbourBlock {
  table: NeighbourTable;
  firstQuery: number;
  queries: number;
  /** Entries that every query of the block has: k, or fewer where the bank is smaller. */
  found: number;
  bankRows: number;
  bankHasLabels: boolean;
  leaveOneOut: boolean;
}

export interface BlockOptions<T> extends SearchOptions<T> {
  k: number;
  /** Called with every chunk of the bank's first sweep, to refuse it early. */
  checkChunk?: (chunk: FeatureRows, firstRow: number) => void;
  limits?: Partial<SearchLimits>;
}

/**
 * The k nearest bank rows of every query, a block of queries at a time. Bank rows are gathered into tiles of a
 * fixed size, so that neither memory nor result depends on the chunks.
 *
 * Bytes allocated: min(queries · 16·k, 160 Mi) for the table, and for the tiles 8 Mi + 4 Mi + 4 Mi for their
 * products; with a tensor backend about three times the tiles. One feature vector of more than 8 MiB makes a tile of
 * its own size.
 */
export async function* neighbourBlocks<T>(options: BlockOptions<T>): AsyncGenerator<NeighbourBlock> {
  const { bank, queries, k } = options;
  const limits = { ...LIMITS, ...options.limits };
  if (!Number.isInteger(k) || k < 1) {
    throw new EvaluationOptionError(`k is ${k}, expected a whole number of neighbours, 1 or more`);
  }
  const total = countRows(queries, 'queries');
  if (total === 0) throw new FeatureShapeError('queries: no rows of features, expected at least one');
  if (options.leaveOneOut && !queries.indices) {
    throw new FeatureShapeError('queries: leaveOneOut needs indices, to know a query in the bank');
  }
  const fitting = Math.floor(limits.tableBytes / (BYTES_PER_NEIGHBOUR * k));
  const blockQueries = Math.min(total, Math.max(1, fitting));
  if (blockQueries < total && readOnce(bank)) {
    throw new BankSweepError(
      `${total} queries with k = ${k} need ${Math.ceil(total / blockQueries)} sweeps of the bank, ${blockQueries} queries each, ` +
        'but a generator can be read once: pass an array of chunks, or a function that starts the generator',
    );
  }

  const search = new BankSearch(options, new NeighbourTable(blockQueries, k), limits);
  let bankRows = -1;
  for (let firstQuery = 0; firstQuery < total; firstQuery += blockQueries) {
    const count = Math.min(blockQueries, total - firstQuery);
    const seen = await search.sweep(firstQuery, count, firstQuery === 0 ? options.checkChunk : undefined);
    if (bankRows >= 0 && seen !== bankRows) {
      throw new BankSweepError(`the bank had ${bankRows} rows in its first sweep and ${seen} in a later one`);
    }
    if (seen === 0) throw new FeatureShapeError('bank: no rows of features, expected at least one');
    bankRows = seen;
    yield {
      table: search.table,
      firstQuery,
      queries: count,
      found: search.table.found.subarray(0, count).reduce((a, b) => Math.min(a, b), k),
      bankRows,
      bankHasLabels: search.bankHasLabels === true,
      leaveOneOut: options.leaveOneOut ?? false,
    };
  }
}

class BankSearch<T> {
  bankHasLabels: boolean | undefined;
  readonly #options: BlockOptions<T>;
  readonly #multiplier: TileMultiplier;
  readonly #bankTile;
  readonly #queryTile: { data: Float32Array; rows: number; capacity: number };

  constructor(
    options: BlockOptions<T>,
    readonly table: NeighbourTable,
    limits: SearchLimits,
  ) {
    const { size } = options.queries;
    const capacity = (bytes: number, most: number) =>
      Math.max(1, Math.min(most, Math.floor(bytes / (4 * size))));
    this.#options = options;
    this.#multiplier = options.backend ? backendMultiplier(options.backend) : hostMultiplier();
    const bankRows = capacity(limits.bankTileBytes, limits.bankTileRows);
    this.#bankTile = {
      data: new Float32Array(bankRows * size),
      samples: new Int32Array(bankRows),
      labels: new Int32Array(bankRows),
      rows: 0,
      firstRow: 0,
      capacity: bankRows,
    };
    const queryRows = Math.min(table.queries, capacity(limits.queryTileBytes, limits.queryTileRows));
    this.#queryTile = { data: new Float32Array(queryRows * size), rows: 0, capacity: queryRows };
  }

  /** Reads the whole bank for some of the queries; returns its number of rows. */
  async sweep(firstQuery: number, count: number, checkChunk: BlockOptions<T>['checkChunk']): Promise<number> {
    const { bank } = this.#options;
    const tile = this.#bankTile;
    this.table.clear();
    tile.rows = 0;
    tile.firstRow = 0;
    for await (const chunk of typeof bank === 'function' ? bank() : bank) {
      const rows = this.#checkBankChunk(chunk, tile.firstRow + tile.rows);
      checkChunk?.(chunk, tile.firstRow + tile.rows);
      for (let row = 0; row < rows; ) {
        const taken = Math.min(rows - row, tile.capacity - tile.rows);
        this.#fill(chunk, row, taken);
        row += taken;
        if (tile.rows === tile.capacity) await this.#compare(firstQuery, count);
      }
    }
    if (tile.rows > 0) await this.#compare(firstQuery, count);
    this.table.sort();
    return tile.firstRow;
  }

  #checkBankChunk(chunk: FeatureRows, firstRow: number): number {
    const rows = countRows(chunk, 'bank');
    if (rows === 0) return 0;
    const { queries, leaveOneOut } = this.#options;
    if (chunk.size !== queries.size) {
      throw new FeatureShapeError(
        `the bank's features are of size ${chunk.size}, the queries' of size ${queries.size}: take both from one network`,
      );
    }
    if (leaveOneOut && !chunk.indices) {
      throw new FeatureShapeError('bank: leaveOneOut needs indices, to know a query in the bank');
    }
    this.bankHasLabels ??= chunk.labels !== undefined;
    if (this.bankHasLabels !== (chunk.labels !== undefined)) {
      throw new FeatureShapeError(
        `bank: the chunk from row ${firstRow} on has ${chunk.labels ? 'labels' : 'no labels'}, unlike those before it`,
      );
    }
    return rows;
  }

  #fill(chunk: FeatureRows, row: number, count: number): void {
    const tile = this.#bankTile;
    const firstRow = tile.firstRow + tile.rows;
    const bad = normaliseRows(chunk.features, row, tile.data, tile.rows, count, chunk.size);
    if (bad >= 0) throw nonFinite('bank', firstRow + bad - row);
    for (let i = 0; i < count; i++) {
      tile.samples[tile.rows + i] = chunk.indices ? chunk.indices[row + i] : firstRow + i;
      tile.labels[tile.rows + i] = chunk.labels ? chunk.labels[row + i] : -1;
    }
    tile.rows += count;
  }

  /** Offers the bank tile to every query of the block, and empties it. */
  async #compare(firstQuery: number, count: number): Promise<void> {
    const { queries, leaveOneOut } = this.#options;
    const tile = this.#queryTile;
    const bank = this.#bankTile;
    const products = this.#multiplier(bank, queries.size);
    try {
      for (let start = 0; start < count; start += tile.capacity) {
        const first = firstQuery + start;
        tile.rows = Math.min(tile.capacity, count - start);
        const bad = normaliseRows(queries.features, first, tile.data, 0, tile.rows, queries.size);
        if (bad >= 0) throw nonFinite('queries', bad);
        const similarities = await products.multiply(tile);
        for (let i = 0; i < tile.rows; i++) {
          const except = leaveOneOut ? queries.indices?.[first + i] : undefined;
          this.table.offer(start + i, similarities, i * bank.rows, bank, except);
        }
      }
    } finally {
      products.dispose();
    }
    bank.firstRow += bank.rows;
    bank.rows = 0;
  }
}

function nonFinite(side: string, row: number): NonFiniteFeatureError {
  return new NonFiniteFeatureError(
    `${side} row ${row} holds NaN or an infinity, expected finite features: look for where the network's output overflowed`,
  );
}

/** Whether an iterable is its own iterator, as generators are. */
function readOnce(bank: FeatureBank): boolean {
  if (typeof bank === 'function') return false;
  const chunks = bank as Partial<Iterable<unknown> & AsyncIterable<unknown>>;
  const iterator: unknown = chunks[Symbol.asyncIterator]?.() ?? chunks[Symbol.iterator]?.();
  return iterator === bank;
}
