/**
 * `healthy`; `collapsing`: under half of the clusters are in use; `collapsed`: under a tenth; `too-early`: fewer
 * than four rows a cluster were seen.
 */
export type HealthVerdict = 'healthy' | 'collapsing' | 'collapsed' | 'too-early';

/** Cluster use by hard counts over a window of rows; never by the running sizes, which hide a collapse for long. */
export interface ClusterHealth {
  /** exp(entropy) of the rows per cluster: K where all are used alike, 1 where one has every row. */
  effectiveClusters: number;
  /** The same of the raw labels, the largest similarity as it came: a dead network's balanced labels look fine. */
  effectiveClustersRaw: number;
  /** Clusters without a row. */
  empty: number;
  /** Share of the rows in the largest cluster, 0 … 1. */
  largest: number;
  /** Share of the rows in the smallest cluster, 0 … 1. */
  smallest: number;
  /** Share of the rows whose assignment is not their raw label, 0 … 1. */
  changed: number;
  /** Rows in the window. */
  windowAssignments: number;
  verdict: HealthVerdict;
}

/** The hard counts of a window of rows. */
export interface WindowCounts {
  rows: number;
  changed: number;
  counts: Float32Array;
  rawCounts: Float32Array;
}

const ENOUGH_ROWS_PER_CLUSTER = 4;
const COLLAPSING = 0.5;
const COLLAPSED = 0.1;

/** exp of the entropy of `counts`; 0 where there are none. */
function effectiveClusters(counts: ArrayLike<number>): number {
  let total = 0;
  for (let k = 0; k < counts.length; k++) total += counts[k];
  if (total === 0) return 0;
  let entropy = 0;
  for (let k = 0; k < counts.length; k++) {
    const share = counts[k] / total;
    if (share > 0) entropy -= share * Math.log(share);
  }
  return Math.exp(entropy);
}

/**
 * The word for a window. It goes by the worse of the balanced and the raw labels, on a scale from 0 (one cluster
 * in use) to 1 (all K alike): (effective − 1) / (K − 1).
 */
function verdict(effective: number, clusters: number, rows: number): HealthVerdict {
  if (rows < ENOUGH_ROWS_PER_CLUSTER * clusters) return 'too-early';
  const use = clusters === 1 ? 1 : (effective - 1) / (clusters - 1);
  if (use < COLLAPSED) return 'collapsed';
  return use < COLLAPSING ? 'collapsing' : 'healthy';
}

export function healthOf({ rows, changed, counts, rawCounts }: WindowCounts): ClusterHealth {
  const balanced = effectiveClusters(counts);
  const raw = effectiveClusters(rawCounts);
  let empty = 0;
  let largest = 0;
  let smallest = rows;
  for (let k = 0; k < counts.length; k++) {
    if (counts[k] === 0) empty++;
    largest = Math.max(largest, counts[k]);
    smallest = Math.min(smallest, counts[k]);
  }
  return {
    effectiveClusters: balanced,
    effectiveClustersRaw: raw,
    empty,
    largest: rows === 0 ? 0 : largest / rows,
    smallest: rows === 0 ? 0 : smallest / rows,
    changed: rows === 0 ? 0 : changed / rows,
    windowAssignments: rows,
    verdict: verdict(Math.min(balanced, raw), counts.length, rows),
  };
}
