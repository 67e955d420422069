/**
 * The one table of tolerances. Each entry is the factor by which a file's own `tol` or noise figure (the
 * largest |float32 − float64| of the authors' program) is multiplied for the comparison: at most 10.
 */
const FACTORS = {
  balancer: 1,
  balancer_steps: 1,
  assignments: 1,
  loss: 1,
  head_bn: 1,
  head_ln: 1,
  head_none: 1,
  ema: 1,
  kmeans: 1,
  schedules: 1,
  optimizers: 1,
  resnet18: 10,
  resnet_bottleneck: 10,
  vit: 10,
  trajectory_linear_kmeans: 10,
  trajectory_vit_adamw: 10,
  trajectory_vit_sgd: 10,
} as const;

/** No comparison of float32 results is tighter than this. */
const FLOOR = 2e-6;

/** A golden file that has an entry in the table. */
export type GoldenFile = keyof typeof FACTORS;

/**
 * The absolute tolerance for a number of `file`.
 *
 * @param own the file's own `tol` or noise entry for that number
 * @param floor smallest tolerance; pass 0 where the file's own `tol` is meant exactly
 */
export function tolerance(file: GoldenFile, own: number, floor = FLOOR): number {
  return Math.max(floor, FACTORS[file] * own);
}
