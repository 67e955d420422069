/** How often the authors' setting sees each cluster inside the window that the sizes average over. */
const PAPER_SAMPLES = 31;
const LOWEST = 0.9;
const HIGHEST = 0.999;

/**
 * The momentum for which each cluster is seen 31 times inside the averaging window, as in the paper:
 * 1 − rows / (31·K), within 0.9 … 0.999.
 *
 * @param rows similarities a step, over all workers
 */
export function autoMomentum(rows: number, clusters: number): number {
  return Math.min(HIGHEST, Math.max(LOWEST, 1 - rows / (PAPER_SAMPLES * clusters)));
}

/**
 * N_eff = rows / ((1 − momentum)·K): how many rows an average cluster gets inside the averaging window of the
 * sizes. Under about 5 the sizes are mostly noise.
 */
export function effectiveSamples(rows: number, clusters: number, momentum: number): number {
  return rows / ((1 - momentum) * clusters);
}
