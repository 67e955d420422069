import type { FeatureRows } from '../src/feature-chunk.ts';

/** Deterministic values in [-1, 1): a linear congruential generator. */
export function randomValues(seed: number): () => number {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** Random features with labels, in which about a third of the rows repeat an earlier one (some scaled by 2). */
export function randomRows(rows: number, size: number, classes: number, seed: number): Required<FeatureRows> {
  const random = randomValues(seed);
  const features = new Float32Array(rows * size);
  const labels = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const copied = row > 0 && random() > 0.33 ? Math.floor(((random() + 1) / 2) * row) : -1;
    const scale = random() > 0 ? 2 : 1;
    for (let d = 0; d < size; d++) {
      features[row * size + d] = copied < 0 ? random() : scale * features[copied * size + d];
    }
    labels[row] = Math.floor(((random() + 1) / 2) * classes);
  }
  return { features, size, labels, indices: Int32Array.from({ length: rows }, (_, i) => i) };
}

/** The same rows in chunks of `chunkRows`. */
export function split(rows: Required<FeatureRows>, chunkRows: number): Required<FeatureRows>[] {
  const chunks: Required<FeatureRows>[] = [];
  for (let row = 0; row < rows.labels.length; row += chunkRows) {
    chunks.push({
      features: rows.features.slice(row * rows.size, (row + chunkRows) * rows.size),
      size: rows.size,
      labels: rows.labels.slice(row, row + chunkRows),
      indices: rows.indices.slice(row, row + chunkRows),
    });
  }
  return chunks;
}

/** Every bank row sorted by cosine in double precision, equal ones by row number, for each query. */
export function bruteForce(bank: FeatureRows, queries: FeatureRows): { row: number; similarity: number }[][] {
  const vectors = ({ features, size }: FeatureRows) =>
    Array.from({ length: features.length / size }, (_, row) => {
      const vector = Array.from(features.subarray(row * size, (row + 1) * size));
      const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
      return norm > 0 ? vector.map((value) => value / norm) : vector;
    });
  const bankVectors = vectors(bank);
  return vectors(queries).map((query) =>
    bankVectors
      .map((vector, row) => ({
        row,
        similarity: vector.reduce((sum, value, d) => sum + value * query[d], 0),
      }))
      .sort((a, b) => b.similarity - a.similarity || a.row - b.row),
  );
}

/** Top-1 and top-5 shares as the protocol says, from brute-force neighbours. */
export function bruteForceScore(
  neighbours: { row: number; similarity: number }[][],
  bankLabels: Int32Array,
  queryLabels: Int32Array,
  classes: number,
  k: number,
  temperature: number,
): { k: number; top1: number; top5: number } {
  let top1 = 0;
  let top5 = 0;
  neighbours.forEach((all, query) => {
    const votes = Array.from({ length: classes }, () => 0);
    for (const { row, similarity } of all.slice(0, k)) {
      votes[bankLabels[row]] += Math.exp(similarity / temperature);
    }
    const ranking = votes.map((_, label) => label).sort((a, b) => votes[b] - votes[a] || a - b);
    if (ranking[0] === queryLabels[query]) top1++;
    if (ranking.slice(0, Math.min(5, k)).includes(queryLabels[query])) top5++;
  });
  return { k, top1: top1 / neighbours.length, top5: top5 / neighbours.length };
}
