/** Bytes a table takes for each of a query's k neighbours: similarity, bank row, sample number, label. */
export const BYTES_PER_NEIGHBOUR = 16;

/** The part of the bank that a block of similarities is about. */
export interface BankRows {
  rows: number;
  /** Number of the first of them in the whole bank. */
  firstRow: number;
  samples: Int32Array;
  labels: Int32Array;
}

/**
 * The k nearest bank rows of each query so far. Until `sort`, the entries of a query form a heap with its
 * farthest neighbour on top. Of two equally similar bank rows, the one that came first is the nearer.
 */
export class NeighbourTable {
  readonly similarities: Float32Array;
  readonly rows: Int32Array;
  readonly samples: Int32Array;
  readonly labels: Int32Array;
  /** Entries filled, of each query. */
  readonly found: Int32Array;

  constructor(
    readonly queries: number,
    readonly k: number,
  ) {
    this.similarities = new Float32Array(queries * k);
    this.rows = new Int32Array(queries * k);
    this.samples = new Int32Array(queries * k);
    this.labels = new Int32Array(queries * k);
    this.found = new Int32Array(queries);
  }

  clear(): void {
    this.found.fill(0);
  }

  /**
   * Offers every bank row of a tile, later in the bank than all before, to one query.
   *
   * @param similarities the products of a tile; the query's begin at `offset`
   * @param except a sample number that may not become a neighbour (a query met in its own bank)
   */
  offer(query: number, similarities: Float32Array, offset: number, bank: BankRows, except?: number): void {
    const base = query * this.k;
    let farthest = this.found[query] < this.k ? Number.NEGATIVE_INFINITY : this.similarities[base];
    for (let i = 0; i < bank.rows; i++) {
      const similarity = similarities[offset + i];
      if (similarity > farthest && (except === undefined || bank.samples[i] !== except)) {
        const full = this.found[query] === this.k;
        const entry = full ? base : base + this.found[query]++;
        this.similarities[entry] = similarity;
        this.rows[entry] = bank.firstRow + i;
        this.samples[entry] = bank.samples[i];
        this.labels[entry] = bank.labels[i];
        if (full) this.#sink(base, this.k);
        else this.#rise(base, this.found[query] - 1);
        if (this.found[query] === this.k) farthest = this.similarities[base];
      }
    }
  }

  /** Orders each query's entries from the nearest to the farthest; nothing may be offered after it. */
  sort(): void {
    for (let query = 0; query < this.queries; query++) {
      const base = query * this.k;
      for (let count = this.found[query] - 1; count > 0; count--) {
        this.#swap(base, base + count);
        this.#sink(base, count);
      }
    }
  }

  #rise(base: number, entry: number): void {
    let child = entry;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#farther(base + child, base + parent)) return;
      this.#swap(base + child, base + parent);
      child = parent;
    }
  }

  #sink(base: number, count: number): void {
    let parent = 0;
    for (;;) {
      let child = 2 * parent + 1;
      if (child >= count) return;
      if (child + 1 < count && this.#farther(base + child + 1, base + child)) child++;
      if (!this.#farther(base + child, base + parent)) return;
      this.#swap(base + child, base + parent);
      parent = child;
    }
  }

  #farther(a: number, b: number): boolean {
    const difference = this.similarities[a] - this.similarities[b];
    return difference < 0 || (difference === 0 && this.rows[a] > this.rows[b]);
  }

  #swap(a: number, b: number): void {
    const { similarities, rows, samples, labels } = this;
    const similarity = similarities[a];
    const row = rows[a];
    const sample = samples[a];
    const label = labels[a];
    similarities[a] = similarities[b];
    rows[a] = rows[b];
    samples[a] = samples[b];
    labels[a] = labels[b];
    similarities[b] = similarity;
    rows[b] = row;
    samples[b] = sample;
    labels[b] = label;
  }
}
